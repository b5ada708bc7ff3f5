# frozen_string_literal: true

require 'motia/errors'
require 'motia/parameters'

module Motia
  module Worker
    # How what fired reaches a handler: by position `()`, `(input)` or `(input, ctx)`, keyword parameters by their names.
    class Arguments
      MOST_REQUIRED = 2
      CONTEXT_NAMES = %i[ctx context _ctx].freeze
      WHOLE = %w[payload data event].freeze
      REQUEST_PARTS = { 'body' => 'body', 'params' => 'pathParams', 'path_params' => 'pathParams', 'query' => 'queryParams',
                        'query_params' => 'queryParams', 'headers' => 'headers', 'cookies' => 'cookies', 'files' => 'files',
                        'raw_body' => 'rawBody', 'user' => 'user', 'pathParams' => 'pathParams',
                        'queryParams' => 'queryParams', 'rawBody' => 'rawBody' }.freeze
      NOTHING = Object.new.freeze

      # @raise [ArgumentError] the handler asks for more than there is
      def initialize(parameters, kind, triggers_form:)
        if parameters.required > MOST_REQUIRED
          raise ArgumentError, "a handler takes (input, ctx) at most; this one requires #{parameters.required} arguments"
        end

        @count = [parameters.count, MOST_REQUIRED].min
        @context_only = @count == 1 &&
                        (CONTEXT_NAMES.include?(parameters.positional.first) || (kind == 'cron' && !triggers_form))
        @keywords = parameters.keywords
        @rest = parameters.rest?
        @http = kind == 'http'
      end

      # Calls the handler.
      #
      # @raise [InvalidInput] a keyword without default finds no value
      def give_to(handler, call, given)
        positional = positional(call, given)
        return handler.call(*positional) if @keywords.empty? && !@rest

        handler.call(*positional, **named(call, given))
      end

      private

      def positional(call, given)
        return [] if @count.zero?
        return [call.context] if @context_only

        @count == 1 ? [given] : [given, call.context]
      end

      def named(call, given)
        sources = sources(given)
        issues = []
        values = @keywords.each_with_object({}) do |(name, required), found|
          value = value(name.name, call, given, sources)
          if !value.equal?(NOTHING) then found[name] = value
          elsif required then issues << Issue.new(name.name, 'is required', :missing)
          end
        end
        raise InvalidInput, issues unless issues.empty?

        @rest ? rest(sources.last).merge(values) : values
      end

      def rest(fields)
        fields.transform_keys(&:to_sym).reject { |name, _| @keywords.key?(name) }
      end

      # Where other names are looked up, best first. The last one feeds `**rest`.
      def sources(given)
        return [given.is_a?(Hash) ? given : {}] unless @http

        body = given['body']
        [given['pathParams'], given['queryParams'], body.is_a?(Hash) ? body : {}]
      end

      # Where a field is and how it is spelled there: changes of state and streams are found in either way.
      def field(name, sources)
        sources.each do |fields|
          forms = fields.is_a?(EitherSpelling) ? [name, Spelling.camel(name)] : [name]
          key = forms.find { |form| fields.key?(form) }
          return [fields, key] if key
        end
        nil
      end

      def value(name, call, given, sources)
        case name
        when 'ctx', 'context' then return call.context
        when 'input', 'req', 'request' then return given
        end
        return given[REQUEST_PARTS[name]] if @http && REQUEST_PARTS.key?(name)

        source, key = field(name, sources)
        return source.fetch(key) if source
        return @http ? given['body'] : given if WHOLE.include?(name)

        NOTHING
      end
    end
  end
end
