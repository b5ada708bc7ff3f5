# frozen_string_literal: true

require 'motia/json'
require 'motia/worker/cancellation'
require 'motia/worker/results'

module Motia
  module Worker
    # The body of one call's response, sent in chunks while it is made, no faster than it is read.
    #
    # Until the first byte nothing is sent, so that a failure can still be answered as one.
    class Body
      WINDOW = 1024 * 1024 # chunk bytes that may be on the way unasked

      def initialize(connection, id)
        @connection = connection
        @id = id
        @window = WINDOW
        @status = 200
        @headers = Record.new
        @turn = Mutex.new
        @more = ConditionVariable.new
      end

      # Whether a status, a header or a byte was written.
      def used?
        @used
      end

      # Whether anything was sent.
      def begun?
        @begun
      end

      def ended?
        @ended
      end

      # Sets status and headers.
      #
      # @raise [RuntimeError] they are sent already
      # @raise [ArgumentError, TypeError] they are none
      def head(status, headers)
        raise 'status and headers are sent with the first byte; it has been sent' if @begun

        response = Results.response(ApiResponse.new(status: status, headers: headers))
        @status = response['status']
        @headers = response['headers']
        @used = true
      end

      # Sends a chunk, waiting where the reader does not keep up.
      #
      # @raise [RuntimeError] the body has ended
      # @raise [TypeError] it is no text
      def write(chunk)
        raise TypeError, "a response body is written as text or bytes, not as #{chunk.class}" unless chunk.is_a?(String)
        raise 'the response has ended' if @ended

        start(Results.stream_type(chunk))
        bytes = chunk.encoding == Encoding::BINARY ? chunk : chunk.encode(Encoding::UTF_8)
        sent = 0
        while sent < bytes.bytesize
          wait_for_window
          # What is taken from the window is sent, also when the author's code gives up waiting in between.
          sent += Cancellation.atomic { send_part(bytes, sent) }
        end
      end

      # Ends the body. Ending twice is no error.
      def end
        return if @ended

        start(nil)
        @ended = true
        @connection.send_frame("{\"t\":\"end\",\"id\":#{@id}}")
      end

      # The reader wants that many bytes more.
      def credit(count)
        @turn.synchronize do
          @window += count
          @more.broadcast
        end
      end

      private

      def start(content_type)
        return if @begun

        @headers['content-type'] ||= content_type if content_type
        @begun = @used = true
        header = { 't' => 'head', 'id' => @id, 'status' => @status, 'headers' => @headers }
        @connection.send_frame(Json.encode(header, 'headers'))
      end

      def wait_for_window
        @turn.synchronize { @more.wait(@turn) until @window.positive? }
      end

      # Sends as much as may be sent now; says how many bytes that were.
      def send_part(bytes, start)
        length = @turn.synchronize { [bytes.bytesize - start, @window].min.tap { |count| @window -= count } }
        part = length == bytes.bytesize ? bytes : bytes.byteslice(start, length)
        @connection.send_frame("{\"t\":\"chunk\",\"id\":#{@id}}", part) unless part.empty?
        length
      end
    end

    # The body of a response nobody waits for: the Step was started by hand.
    class UnreadBody
      def used?
        @used
      end

      def begun?
        @begun
      end

      def ended?
        false
      end

      def head(_status, _headers)
        @used = true
      end

      def write(_chunk)
        @used = @begun = true
      end

      def end; end

      def credit(_count); end
    end
  end
end
