# frozen_string_literal: true

require 'motia/errors'
require 'motia/json'
require 'motia/worker/cancellation'
require 'motia/worker/frames'
require 'motia/worker/log_record'

module Motia
  module Worker
    # Calls back into the core: what {Link} is connected to in a worker. The calling thread waits for its answer.
    class Asks
      # Whether a Step file is being run; only logging works then.
      attr_writer :loading

      # @param connection [Connection]
      # @param main [Thread] the one that loads files
      def initialize(connection, main)
        @connection = connection
        @main = main
        @number = 0
        @answers = {}
        @warned = {}
        @turn = Mutex.new
      end

      # @return [Array(Hash, String)] header and body of the answer
      # @raise [CoreError] the core refuses
      # @raise [Cancelled] the call was cancelled meanwhile
      def ask(call, operation, arguments, body)
        check(operation, body)
        ended = call if call&.over?
        call = nil if ended
        Cancellation.checkpoint if call&.cancelled?
        number, answer = register
        header = { 't' => 'ask', 'id' => number, 'op' => operation, **arguments }
        header['call'] = call.id if call
        header['after'] = ended.id if ended
        @connection.send_frame(Json.encode(header, operation), body)
        header, body = answer.pop
        raise CoreError.new(header['error']['name'].to_s, header['error']['message'].to_s) if header['error']

        [header, body]
      ensure
        forget(number) if number
      end

      # Never blocks for an answer, never raises.
      def log(call, level, message, arguments, source)
        return if @connection.severed?

        @connection.send_frame(LogRecord.header(call, level, message, arguments, source))
      end

      # Logs a warning unless this Step has had it before.
      def warn_once(call, message)
        subject = [call.step.name, message]
        first = Cancellation.atomic { @turn.synchronize { !@warned.key?(subject) && @warned[subject] = true } }
        log(call, 'warn', message, nil, 'logger') if first
      end

      # Takes an `answer` frame.
      def answered(header, body)
        answer = @turn.synchronize { @answers.delete(header.fetch('id')) }
        answer << [header, body] if answer # else its author has stopped waiting
      end

      private

      def check(operation, body)
        if @loading && Thread.current == @main
          raise NotWhileLoading, "'#{operation}' is not available while Steps are loaded; use it inside a handler"
        end
        raise NotConnected, "'#{operation}' is not available in a forked child of the worker" if @connection.severed?
        return if body.bytesize <= Frames::MAX_BODY

        raise PayloadError, "#{operation}: #{body.bytesize} bytes are more than a call can carry (#{Frames::MAX_BODY})"
      end

      def register
        Cancellation.atomic do
          @turn.synchronize do
            answer = Queue.new
            @answers[@number += 1] = answer
            [@number, answer]
          end
        end
      end

      def forget(number)
        Cancellation.atomic { @turn.synchronize { @answers.delete(number) } }
      end
    end
  end
end
