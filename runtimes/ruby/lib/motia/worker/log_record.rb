# frozen_string_literal: true

require 'motia/json'

module Motia
  module Worker
    # Log records on the wire.
    module LogRecord
      MOST_BYTES = 1024 * 1024
      MOST_NESTED = 20

      class << self
        # The header of a `log` frame. Never raises: what is no JSON is shown as text.
        def header(call, level, message, arguments, source)
          record = { 't' => 'log', 'level' => level, 'msg' => readable(message),
                     'time' => Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond) }
          record['source'] = source unless source == 'logger'
          record['call'] = call.id if call && !call.over?
          text = written(arguments ? record.merge('args' => arguments) : record)
          return text if text.bytesize <= MOST_BYTES

          written(record.merge('msg' => record['msg'][0, MOST_BYTES / 8], 'args' => { 'truncated' => text.bytesize }))
        end

        private

        def written(record)
          Json.encode(record)
        rescue StandardError
          Json.encode(shown(record, 0))
        end

        def shown(value, depth)
          case value
          when nil, true, false, Integer then value
          when String then readable(value)
          when Float then value.finite? ? value : value.to_s
          when Exception then Failure.describe(value)
          when Hash then depth < MOST_NESTED ? value.to_h { |key, item| [readable(key.to_s), shown(item, depth + 1)] } : '{…}'
          when Array then depth < MOST_NESTED ? value.map { |item| shown(item, depth + 1) } : '[…]'
          else inspected(value)
          end
        end

        def inspected(value)
          value.is_a?(Symbol) || value.is_a?(Time) ? value.to_s : readable(value.inspect)
        rescue StandardError
          "#<#{value.class}>" # the author's inspect
        end

        def readable(text)
          text = text.dup.force_encoding(Encoding::UTF_8) if text.encoding == Encoding::BINARY
          text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace).scrub
        end
      end
    end
  end
end
