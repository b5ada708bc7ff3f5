# frozen_string_literal: true

require 'motia/record'
require 'motia/steps'

module Motia
  # Triggers for a `triggers` list, `Motia.http('GET', '/quotes')`; with a block the same names define a Step.
  module Triggers
    # What values by position mean.
    POSITIONAL = { api: %w[method path], http: %w[method path], event: %w[topic], queue: %w[topic], cron: %w[expression],
                   noop: [], state: [], stream: %w[streamName] }.freeze

    class << self
      # @return [EitherSpelling, StepDefinition] a trigger; with a block, or a function after a Hash, a Step
      # @raise [TypeError] an argument by position is nothing the trigger has
      def make(type, args, options, handler)
        handler ||= args.pop if args.size == 2 && args.first.is_a?(Hash) && args.last.respond_to?(:call)
        config = described(type, args, options)
        handler ? StepDefinition.new('function', config, handler) : config
      end

      private

      def described(type, args, options)
        names = POSITIONAL.fetch(type).dup
        names.shift if path_only?(type, args)
        config = EitherSpelling.of('type' => type.name)
        args.each { |value| add(config, type, names, value) }
        config['method'] ||= 'GET' if path_only?(type, args)
        config.update(options)
      end

      # Motia.http('/quotes')
      def path_only?(type, args)
        %i[api http].include?(type) && args.first.is_a?(String) && args.first.start_with?('/')
      end

      def add(config, type, names, value)
        case value
        when nil then nil
        when Hash then config.update(value)
        when String, Symbol, Array
          raise TypeError, "Motia.#{type} was given too many values" if names.empty?

          config[names.shift] = value
        else
          raise TypeError, "Motia.#{type} does not take #{value.inspect}" unless value.respond_to?(:call)

          config['condition'] = value
        end
      end
    end
  end
end
