# frozen_string_literal: true

require 'motia/link'
require 'motia/worker/cancellation'

module Motia
  module Worker
    # What a handler prints becomes log records of its attempt: `puts`, `p`, `warn`, `$stderr`, and everything that writes
    # to `STDOUT` or `STDERR`. Outside attempts these are the terminal, as ever.
    class Capture
      LEVELS = { 'stdout' => 'info', 'stderr' => 'warn' }.freeze
      LONGEST = 64 * 1024

      # @param log [#log]
      def initialize(log)
        @log = log
        @turn = Mutex.new
      end

      # The streams stay what they are, so that code that asks them for a file number or a terminal's size gets one.
      def install
        { STDOUT => 'stdout', STDERR => 'stderr' }.each do |stream, source|
          stream.sync = true
          stream.extend(writer(source))
        end
        Warning.extend(warner)
      end

      # Takes what is written, if an attempt runs here.
      #
      # @return [Boolean] whether it did
      def take(source, parts)
        call = Current.call
        return false if call.nil? || call.over?

        Cancellation.atomic { @turn.synchronize { keep(call, source, parts) } }
        true
      end

      # Sends what a call printed without a line end.
      def finish(call)
        return if call.printed.empty?

        Cancellation.atomic do
          @turn.synchronize { call.printed.each { |(source, _), rest| send_line(call, source, rest) }.clear }
        end
      end

      private

      def keep(call, source, parts)
        *lines, rest = "#{call.printed.delete(place(source))}#{parts.join}".split("\n", -1)
        lines.each { |line| send_line(call, source, line) }
        return send_line(call, source, rest) if rest && rest.bytesize > LONGEST

        call.printed[place(source)] = rest unless rest.nil? || rest.empty?
      end

      # Threads of one handler print side by side.
      def place(source)
        [source, Thread.current.object_id]
      end

      def send_line(call, source, line)
        line = line&.scrub&.chomp("\r")
        @log.log(call, LEVELS.fetch(source), line, nil, source) unless line.nil? || line.strip.empty?
      end

      def writer(source)
        capture = self
        Module.new do
          define_method(:write) do |*parts|
            capture.take(source, parts) ? parts.sum { |part| part.to_s.bytesize } : super(*parts)
          end
        end
      end

      # Ruby writes warnings past the object that `$stderr` is.
      def warner
        capture = self
        Module.new do
          define_method(:warn) do |message, **options|
            super(message, **options) unless $stderr.equal?(STDERR) && capture.take('stderr', [message])
          end
        end
      end
    end
  end
end
