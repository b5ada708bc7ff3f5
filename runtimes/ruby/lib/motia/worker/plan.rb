# frozen_string_literal: true

require 'motia/kinds'
require 'motia/running_call'
require 'motia/schema'
require 'motia/steps'
require 'motia/worker/arguments'
require 'motia/worker/description'

module Motia
  module Worker
    # What to do when one trigger of a Step fires, decided once when the file is loaded.
    #
    # `trigger` is its config, the Step's own in type form; `schemas` are live schemas by part of a request, those of other
    # input under `input`; `paired` says whether `state.set` answers as in triggers form.
    Plan = Struct.new(:kind, :trigger, :handler, :arguments, :condition, :middleware, :schemas, :validation, :paired,
                      keyword_init: true)

    # A Step that can be called: a plan for each of its triggers, and what the core made of it.
    class LoadedStep
      attr_reader :entry, :plans
      attr_accessor :binding_of_core

      # @raise [ArgumentError, TypeError] the handler asks for more arguments than there are, or an option has a wrong type
      def initialize(found)
        name = Spelling.option(found.options, 'name', 'id') || found.entry
        @entry = found.entry
        @plans = found.handler ? Planning.new(found).plans : []
        @binding_of_core = Binding.new(name.to_s, [], 1)
      end

      # The plan for a trigger by its index; nothing when the Step has no handler.
      def plan(index)
        index.is_a?(Integer) && index.between?(0, plans.size - 1) ? plans[index] : plans.first
      end
    end

    # Makes the plans of one Step.
    class Planning
      MODES = %w[enforce warn off].freeze

      def initialize(found)
        @found = found
      end

      def plans
        triggers = Spelling.option(@found.options, 'triggers') if @found.form == 'triggers'
        return [plan(@found.options)] if triggers.nil?

        listed = triggers.is_a?(Array) ? triggers : [triggers]
        made = listed.grep(Hash).map { |trigger| plan(Record.of(trigger)) }
        made.empty? ? [plan(Record.of('type' => 'noop'))] : made
      end

      private

      def plan(trigger)
        kind = Kinds.of(trigger['type'])
        handler = handler_for(kind)
        Plan.new(kind: kind, trigger: trigger, handler: handler, arguments: arguments(handler, kind),
                 condition: function(trigger, 'condition'), middleware: middleware(trigger), schemas: schemas(trigger, kind),
                 validation: validation(trigger) || validation(@found.options), paired: @found.form == 'triggers')
      end

      def handler_for(kind)
        return @found.handler unless @found.handler.is_a?(HandlerByTrigger)

        @found.handler.function_for(kind)
      rescue NoHandler => e
        lambda { |_input, _ctx| raise e }
      end

      def arguments(handler, kind)
        only_context = @found.handler.is_a?(HandlerByTrigger) && kind == 'cron'
        Arguments.new(Parameters.new(handler), kind, triggers_form: @found.form == 'triggers' && !only_context)
      end

      def middleware(trigger)
        sources = trigger.equal?(@found.options) ? [trigger] : [@found.options, trigger]
        functions = sources.flat_map { |options| [Spelling.option(options, 'middleware')].flatten.compact }
        functions.each do |function|
          raise TypeError, "middleware is made of functions, not of #{function.class}" unless function.respond_to?(:call)
        end
      end

      def schemas(trigger, kind)
        given =
          if kind == 'http'
            parts = Description.request_schemas(Spelling.option(trigger, 'schema')).reject { |part, _| part == 'response' }
            body = Spelling.option(trigger, 'bodySchema')
            body ? parts.merge('body' => body) : parts
          else
            { 'input' => Spelling.option(trigger, 'input', 'schema', 'inputSchema') }
          end
        given.transform_values { |schema| Schema.of(schema) }.compact
      end

      def validation(options)
        given = Spelling.option(options, 'validation').to_s
        given if MODES.include?(given)
      end

      def function(options, name)
        given = Spelling.option(options, name)
        raise TypeError, "'#{name}' is a function, not #{given.class}" unless given.nil? || given.respond_to?(:call)

        given
      end
    end
  end
end
