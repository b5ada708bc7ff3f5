# frozen_string_literal: true

require 'motia/json'
require 'motia/parameters'
require 'motia/schema'
require 'motia/worker/finding'
require 'motia/worker/stream_hooks'

module Motia
  module Worker
    # A config as the core gets it: JSON, with markers for schemas and functions.
    module Description
      SCHEMAS = %w[body_schema input input_schema schema context_schema].freeze
      PARTS = %w[body query params headers response].freeze
      HTTP = %w[api http].freeze
      STATUS = /\A(?:\d..|default)\z/.freeze

      class << self
        # `Found` of the protocol.
        #
        # @raise [PayloadError] JSON cannot hold an option; the message names its path
        def found(step)
          { 'entry' => step.entry, 'form' => step.form, 'config' => object(step.options, 'config'),
            'handler' => handler(step.handler), 'line' => step.line }.reject { |name, value| name == 'line' && value.nil? }
        end

        # {found} for a stream definition.
        def stream(found)
          base = Spelling.option(found.options, 'baseConfig')
          factory = base.is_a?(Hash) ? Record.of(base)['factory'] : nil
          options = StreamHooks.factory?(factory) ? with_factory(found.options, base) : found.options
          { 'entry' => found.entry, 'form' => 'stream', 'config' => object(options, 'config'), 'handler' => nil }
        end

        # The schemas in the option `schema` of an HTTP Step, by part: `body`, `query`, `params`, `headers`, `response`.
        def request_schemas(schema)
          return {} if schema.nil?
          return { 'body' => schema } unless schema.is_a?(Hash) && !schema.empty?

          parts = Record.of(schema)
          (parts.keys - PARTS).empty? ? parts : { 'body' => schema }
        end

        private

        def with_factory(options, base)
          key = options.key?('baseConfig') ? 'baseConfig' : 'base_config'
          options.merge(key => Record.of(base).merge('factory' => -> {}))
        end

        def handler(function)
          return nil if function.nil?

          parameters = Parameters.new(function)
          names = parameters.keywords.keys.map(&:name) if parameters.keywords.any? || parameters.rest?
          { 'params' => parameters.count, 'names' => names, 'async' => false, 'required' => parameters.required }
        end

        def object(options, path)
          http = HTTP.include?((options['type'] || options[:type]).to_s.downcase)
          options.to_h { |key, value| [key.to_s, option(key.to_s, value, "#{path}.#{key}", http)] }
        end

        def option(name, value, path, http)
          plain = Spelling.snake(name)
          return responses(value, path) if plain == 'response_schema'
          return request(value, path) if plain == 'schema' && http
          return schema(value, path) if SCHEMAS.include?(plain)

          plain_value(value, path)
        end

        def request(value, path)
          parts = request_schemas(value)
          return schema(value, path) if parts['body'].equal?(value)

          parts.to_h { |part, one| [part, part == 'response' ? responses(one, path) : schema(one, "#{path}.#{part}")] }
        end

        def responses(value, path)
          by_status = value.is_a?(Hash) && !value.empty? && value.keys.all? { |key| STATUS.match?(key.to_s) }
          return response(value, path) unless by_status

          value.to_h { |status, one| [status.to_s, response(one, "#{path}.#{status}")] }
        end

        # Response schemas only document: what is none, such as an example that JSON cannot hold, is ignored.
        def response(value, path)
          schema(value, path)
        rescue TypeError
          marker(nil, live: false)
        end

        def schema(value, path)
          live = Schema.of(value)
          live ? marker(live.json_schema, live: true) : plain_value(value, path)
        rescue PayloadError
          raise
        rescue TypeError => e
          raise PayloadError, "#{path}: #{e.message}"
        end

        def plain_value(value, path)
          case value
          when Hash then object(value, path)
          when Array then value.each_with_index.map { |item, index| plain_value(item, "#{path}[#{index}]") }
          when Proc, Method, UnboundMethod then { '$motia' => 'function', 'name' => name_of(value) }
          when Class then schema_or_error(value, path)
          else
            return { '$motia' => 'function', 'name' => value.class.name.to_s } if value.respond_to?(:call)

            Json.encode(value, path)
            value
          end
        end

        def schema_or_error(type, path)
          live = Schema.of(type)
          live ? marker(live.json_schema, live: true) : Json.encode(type, path)
        end

        def marker(schema, live:)
          { '$motia' => 'schema', 'live' => live, 'json' => schema }
        end

        def name_of(function)
          function.respond_to?(:name) ? function.name.to_s : 'lambda'
        end
      end
    end
  end
end
