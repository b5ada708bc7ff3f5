# frozen_string_literal: true

require 'motia/schema/shapes'

module Motia
  class Schema
    # From Ruby's own types to shapes.
    module Reader
      SCALARS = { 'String' => 'string', 'Symbol' => 'string', 'Integer' => 'integer', 'Float' => 'number',
                  'Numeric' => 'number', 'TrueClass' => 'boolean', 'FalseClass' => 'boolean', 'NilClass' => 'null' }.freeze
      WORDS = { string: 'string', integer: 'integer', number: 'number', float: 'number', boolean: 'boolean', bool: 'boolean',
                null: 'null', array: 'array', object: 'object', any: 'any' }.freeze
      TIMES = %w[Time DateTime].freeze

      class << self
        # Whether a value is written with types: a class, or a Hash with a type somewhere among its values.
        def typed?(value)
          value.is_a?(Class) ? known_class?(value) : value.is_a?(Hash) && value.any? { |key, item| typed_field?(key, item) }
        end

        # @raise [TypeError] it is no type
        def read(type)
          case type
          when Class then of_class(type)
          when Symbol then of_word(type)
          when nil then Scalar.new('null')
          when Hash then typed?(type) ? of_fields(type) : Unchecked.new(type)
          when Array then of_list(type)
          else raise TypeError, "#{type.inspect} is no type that a schema can be made of"
          end
        end

        private

        # `{ type: :string }` is a JSON Schema, `{ kind: :string }` a mapping of names to types.
        def typed_field?(key, item)
          case item
          when Class, Hash then typed?(item)
          when Symbol then WORDS.key?(item) && key.to_s != 'type'
          when Array then item.any?(Class)
          else false
          end
        end

        def known_class?(type)
          SCALARS.key?(type.name) || TIMES.include?(type.name) || [Array, Hash, Object].include?(type) || type.name == 'Date'
        end

        def of_class(type)
          return Scalar.new(SCALARS[type.name]) if SCALARS.key?(type.name)
          return Moment.new('date-time') if TIMES.include?(type.name)
          return Moment.new('date') if type.name == 'Date'
          return Anything.new if type == Object
          return Listed.new(Anything.new) if type == Array
          return Fields.new({}) if type == Hash

          raise TypeError, "#{type.name} is no type that a schema can be made of"
        end

        def of_word(word)
          case WORDS.fetch(word) { raise TypeError, "#{word.inspect} is no type; known: #{WORDS.keys.join(', ')}" }
          when 'any' then Anything.new
          when 'array' then Listed.new(Anything.new)
          when 'object' then Fields.new({})
          else Scalar.new(WORDS[word])
          end
        end

        # `[String]` is a list, `[String, Integer, nil]` one of several types.
        def of_list(types)
          return Listed.new(types.empty? ? Anything.new : read(types.first)) if types.size < 2

          Either.new(types.map { |type| read(type) })
        end

        def of_fields(names)
          Fields.new(names.to_h { |name, type| [name.to_s, read(type)] })
        end
      end
    end
  end
end
