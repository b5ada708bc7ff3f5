# frozen_string_literal: true

require 'motia/spelling'

module Motia
  # A JSON object as Steps see it: a Hash with text keys that are reachable as text, as symbol and as method.
  #
  # Names of Hash methods (`count`, `keys`, `method` …) stay methods: use `record['count']`.
  class Record < Hash
    # Ruby calls these by itself to ask what an object can turn into; a payload must not answer.
    CONVERSIONS = %i[to_ary to_hash to_int to_io to_open to_path to_proc to_r to_regexp to_str to_sym].freeze

    MOST_SHOWN = 20

    # A record with the keys and values of a Hash; nested values stay as they are.
    def self.of(hash)
      hash.each_with_object(new) { |(key, value), record| record[key] = value }
    end

    # The same, nested Hashes included.
    def self.deep(value)
      case value
      when Hash then value.each_with_object(new) { |(key, item), record| record[key] = deep(item) }
      when Array then value.map { |item| deep(item) }
      else value
      end
    end

    # Called by Ruby for a key that is missing: this is how symbols find their text.
    def default(key = nil)
      key.is_a?(Symbol) ? self[key.name] : nil
    end

    def []=(key, value)
      super(plain(key), value)
    end
    alias store []=

    def key?(key)
      super(plain(key))
    end
    alias has_key? key?
    alias include? key?
    alias member? key?

    def fetch(key, *default, &block)
      super(plain(key), *default, &block)
    end

    def fetch_values(*keys, &block)
      keys.map { |key| fetch(key, &block) }
    end

    def delete(key, &block)
      super(plain(key), &block)
    end

    def slice(*keys)
      super(*keys.map { |key| plain(key) })
    end

    def except(*keys)
      super(*keys.map { |key| plain(key) })
    end

    def update(*others, &block)
      others.each do |other|
        other.each do |key, value|
          self[key] = block && key?(key) ? block.call(plain(key), fetch(key), value) : value
        end
      end
      self
    end
    alias merge! update

    def merge(*others, &block)
      dup.update(*others, &block)
    end

    # For `case input in { id:, copies: }`.
    def deconstruct_keys(_keys)
      transform_keys(&:to_sym)
    end

    def method_missing(name, *args)
      text = name.name
      return self[text.delete_suffix('=')] = args.first if text.end_with?('=') && args.size == 1
      return super unless args.empty? && readable?(name)

      self[text]
    end

    def respond_to_missing?(name, _include_private = false)
      (!CONVERSIONS.include?(name) && key?(name)) || super
    end

    private

    def plain(key)
      key.is_a?(Symbol) ? key.name : key
    end

    # @raise [NoMethodError] naming what there is
    def readable?(name)
      return true if !CONVERSIONS.include?(name) && key?(name)
      return false if CONVERSIONS.include?(name)

      known = empty? ? 'nothing' : keys.first(MOST_SHOWN).join(', ')
      raise NoMethodError.new("there is no '#{name}' here; known: #{known}", name, [], receiver: self)
    end
  end

  # A payload: without an own `data`, reading `data` gives the object itself.
  #
  # Both dialects work that way: `input[:userId]` and `input.data[:userId]`. The alias is no key: it is neither listed nor
  # copied nor serialised, and `input.key?('data')` stays false.
  class Payload < Record
    def default(key = nil)
      key == 'data' ? self : super
    end

    def data
      self['data']
    end

    def fetch(key, *default, &block)
      plain(key) == 'data' && !key?('data') ? self : super
    end
  end

  # A record of ours whose keys are found in camelCase and in snake_case.
  class EitherSpelling < Record
    def default(key = nil)
      text = plain(key)
      return nil unless text.is_a?(String)

      other = [Spelling.snake(text), Spelling.camel(text), text].find { |form| key?(form) }
      other && self[other]
    end

    # The value of the name `key`, which changes of state have; with a value, the key that Hash#key finds for it.
    def key(*value)
      value.empty? ? self['key'] : super
    end

    def respond_to_missing?(name, include_private = false)
      key?(Spelling.snake(name)) || key?(Spelling.camel(name)) || super
    end

    private

    def readable?(name)
      key?(Spelling.snake(name)) || key?(Spelling.camel(name)) || super
    end
  end
end
