# frozen_string_literal: true

require 'motia/errors'
require 'motia/json'
require 'motia/request'

module Motia
  module Worker
    # Checks what fired against the live schemas of a Step, and has the core check the plain ones that it could not check
    # before middleware had its turn.
    class Validation
      PART_KEYS = { 'body' => 'body', 'query' => 'queryParams', 'params' => 'pathParams', 'headers' => 'headers' }.freeze

      # @param asks [Asks]
      def initialize(call, plan, asks)
        @call = call
        @plan = plan
        @asks = asks
      end

      # What the handler gets: parsed values where the mode is `enforce`, otherwise what came, with a warning.
      #
      # @raise [InvalidInput] it does not fit, and the mode is `enforce`
      def checked(given)
        return given if mode == 'off' || (@plan.schemas.empty? && parts_for_the_core.empty?)

        parsed, issues = given.is_a?(Request) ? check_request(given) : parse_input(given)
        return mode == 'enforce' ? with_parsed(given, parsed) : given if issues.empty?
        raise InvalidInput, issues if mode == 'enforce'

        @asks.log(@call, 'warn', warning(issues), nil, 'logger')
        given
      end

      private

      def mode
        @mode ||= @plan.validation || @call.step.validation || (@plan.kind == 'http' ? 'enforce' : 'warn')
      end

      def parts_for_the_core
        @parts_for_the_core ||= @plan.kind == 'http' ? @call.step.checks_of(@call.header['trigger']) & PART_KEYS.keys : []
      end

      def check_request(request)
        issues = []
        parsed = @plan.schemas.slice(*PART_KEYS.keys).to_h do |part, schema|
          [part, schema.parse(request[PART_KEYS[part]], texts: part != 'body')]
        rescue InvalidInput => e
          issues.concat(in_part(part, e.issues))
          [part, nil]
        end
        parts_for_the_core.each { |part| issues.concat(in_part(part, ask_core(part, request[PART_KEYS[part]]))) }
        [parsed, issues]
      end

      def ask_core(part, value)
        arguments = { 'entry' => @call.header['entry'], 'trigger' => @call.header['trigger'], 'part' => part }
        header, = @asks.ask(@call, 'validate', arguments, Json.encode(value, part))
        (header['issues'] || []).map { |issue| Issue.new(issue['path'].to_s, issue['message'].to_s, :type) }
      rescue PayloadError
        [Issue.new('', 'must be JSON', :type)]
      end

      def in_part(part, issues)
        part == 'body' ? issues : issues.map { |issue| issue.under(part) }
      end

      def parse_input(given)
        schema = @plan.schemas['input']
        schema ? [{ 'input' => schema.parse(given) }, []] : [{}, []]
      rescue InvalidInput => e
        [{}, e.issues]
      end

      def with_parsed(given, parsed)
        unless given.is_a?(Request)
          value = parsed.fetch('input', given)
          return value.is_a?(Record) ? Payload.new.replace(value) : value
        end
        parsed.each do |part, value|
          given[PART_KEYS[part]] = part == 'headers' ? Headers.of(value) : value
        end
        given
      end

      def warning(issues)
        lines = ["⚠ [WARNING] Emit #{@call.header['topic'] || @call.step.name} validation issues:"]
        { missing: 'Missing fields', extra: 'Extra fields' }.each do |kind, title|
          paths = issues.select { |issue| issue.kind == kind }.map(&:path)
          lines << "│ ⚠ #{title}: #{paths.join(', ')}" unless paths.empty?
        end
        wrong = issues.select { |issue| issue.kind == :type }.map { |issue| "Field \"#{issue.path}\": #{issue.message}" }
        lines << "│ ⚠ Type mismatches: #{wrong.join(', ')}" unless wrong.empty?
        [*lines, '└─ Payload does not match schema.'].join("\n")
      end
    end
  end
end
