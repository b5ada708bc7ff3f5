# frozen_string_literal: true

require 'json'

module Motia
  module Worker
    # The other side broke the rules of the protocol; the connection cannot go on.
    class MalformedFrame < StandardError; end

    # Frames: two lengths, a JSON header, a raw body.
    module Frames
      MAX_HEADER = 16 * 1024 * 1024
      MAX_BODY = 128 * 1024 * 1024
      PREFIX = 8

      class << self
        # The lengths that begin a frame.
        #
        # @raise [ArgumentError] a part is longer than the protocol allows
        def prefix(header, body)
          if header.bytesize > MAX_HEADER || body.bytesize > MAX_BODY
            raise ArgumentError, "#{header.bytesize + body.bytesize} bytes do not fit into one frame"
          end

          [header.bytesize, body.bytesize].pack('NN')
        end

        # The next frame, or nothing at the end of the connection.
        #
        # @return [Array(Hash, String), nil]
        # @raise [MalformedFrame] the frame is too long, or its header is no JSON object
        def read(io)
          lengths = exactly(io, PREFIX) or return nil
          header_length, body_length = lengths.unpack('NN')
          if header_length > MAX_HEADER || body_length > MAX_BODY
            raise MalformedFrame, "a frame announces #{header_length} + #{body_length} bytes"
          end

          header = exactly(io, header_length)
          body = exactly(io, body_length)
          header && body ? [parsed(header), body] : nil
        end

        private

        def exactly(io, length)
          return +'' if length.zero?

          bytes = io.read(length)
          bytes if bytes && bytes.bytesize == length
        end

        def parsed(text)
          header = JSON.parse(text.force_encoding(Encoding::UTF_8))
          raise MalformedFrame, 'a header is no object with a type' unless header.is_a?(Hash) && header['t'].is_a?(String)

          header
        rescue JSON::ParserError, EncodingError
          raise MalformedFrame, 'a header is not JSON'
        end
      end
    end
  end
end
