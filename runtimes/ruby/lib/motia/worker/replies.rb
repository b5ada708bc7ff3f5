# frozen_string_literal: true

require 'motia/worker/body'
require 'motia/worker/cancellation'
require 'motia/worker/frames'
require 'motia/worker/results'

module Motia
  module Worker
    # Answers to requests: in one frame, or piece by piece.
    class Replies
      CHUNK = 64 * 1024

      def initialize(connection)
        @connection = connection
      end

      # Answers a request with what its handler gave, unless the response writer has answered it.
      #
      # @raise [Exception] the result is no response, or producing it failed
      def send_response(call, result)
        outlet = call.outlet
        return outlet.end if outlet.begun? || outlet.ended? || (outlet.used? && Results.nothing?(result))

        response = Results.response(result)
        return stream(response, outlet) if Results.stream?(response['body'])

        headers, bytes = Results.headers_and_bytes(response)
        return send_long(response['status'], headers, bytes, outlet) if bytes.bytesize > Frames::MAX_BODY

        header = { 't' => 'response', 'id' => call.id, 'status' => response['status'], 'headers' => headers }
        @connection.send_frame(Json.encode(header, 'headers'), bytes)
      end

      # Runs a stream to its end, for what it does; nobody reads what it gives.
      def self.unread(body)
        body.each { |_chunk| nil }
      end

      private

      def stream(response, outlet)
        body = response['body']
        outlet.head(response['status'], response['headers'])
        Cancellation.exposed { each_chunk(body) { |chunk| outlet.write(chunk) } }
        outlet.end
      ensure
        body.close if body.is_a?(IO) && !body.closed?
      end

      # Lines are a poor unit for what may be an image.
      def each_chunk(body, &block)
        return body.each(&block) unless body.is_a?(IO) || body.class.name == 'StringIO'

        while (chunk = body.read(CHUNK))
          yield chunk
        end
      end

      # Too long for a frame, not for a stream.
      def send_long(status, headers, bytes, outlet)
        outlet.head(status, headers)
        Cancellation.exposed { outlet.write(bytes) }
        outlet.end
      end
    end
  end
end
