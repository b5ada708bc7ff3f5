# frozen_string_literal: true

module Motia
  # Delays and times as authors write them, in milliseconds.
  module Durations
    UNITS = { 'ms' => 1, 's' => 1_000, 'm' => 60_000, 'h' => 3_600_000, 'd' => 86_400_000 }.freeze
    WRITTEN = /\A\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*\z/.freeze

    class << self
      # Milliseconds of a number (ms) or a text such as `"5m"`; `name` is the option's, for the error.
      #
      # @raise [ArgumentError] anything else, or a negative duration
      def delay_ms(delay, name = 'delay')
        milliseconds = written(delay)
        raise ArgumentError, "#{name} is milliseconds or a text such as '5m', not #{delay.inspect}" if milliseconds.nil?
        raise ArgumentError, "#{name} cannot be #{delay.inspect}" unless possible?(milliseconds)

        milliseconds.round
      end

      # Epoch milliseconds of a Time, an ISO 8601 text or a number of them.
      #
      # @raise [ArgumentError] anything else, or a time before 1970
      def epoch_ms(moment)
        case moment
        when Time then epoch_ms((moment.to_r * 1000).round)
        when Numeric
          raise ArgumentError, "at cannot be #{moment.inspect}" unless possible?(moment)

          moment.round
        when String then epoch_ms(parsed(moment))
        else
          return epoch_ms(moment.to_time) if moment.respond_to?(:to_time)

          raise ArgumentError, "at is a Time, an ISO 8601 text or epoch milliseconds, not #{moment.inspect}"
        end
      end

      private

      def possible?(milliseconds)
        milliseconds.finite? && !milliseconds.negative?
      end

      def written(delay)
        case delay
        when Numeric then delay
        when String then WRITTEN.match(delay) { |found| found[1].to_f * UNITS.fetch(found[2] || 'ms') }
        end
      end

      def parsed(text)
        require 'time'
        Time.parse(text.strip)
      rescue ArgumentError
        raise ArgumentError, "at is a time such as '2030-01-31T08:00:00Z', not #{text.inspect}"
      end
    end
  end
end
