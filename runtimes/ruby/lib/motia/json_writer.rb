# frozen_string_literal: true

require 'json'
require 'motia/errors'
require 'motia/failure'

module Motia
  # Writes one value as JSON.
  #
  # `JSON.generate` is not asked for whole values: it turns what it does not know into `"#<Object…>"` without a word, has
  # no path in its errors, and writes `1.0e-07` where every other language writes `1e-7`.
  class JsonWriter
    PLAIN_TEXT = /\A[^"\\\x00-\x1f]*\z/.freeze
    MOST_NESTED = 1000

    # Carries the reason outwards while the path to the bad value is put together.
    class Refused < StandardError
      attr_reader :reason, :path

      def initialize(reason)
        @reason = reason
        @path = +''
        super
      end

      def inside(segment)
        @path.prepend(segment)
        self
      end
    end

    # @return [String] UTF-8
    # @raise [PayloadError] JSON cannot hold the value
    def self.write(value, what)
      writer = new
      writer.write(value, 0)
      writer.text
    rescue Refused => e
      raise PayloadError, "#{what}#{e.path} #{e.reason}", e.backtrace
    end

    attr_reader :text

    def initialize
      @text = +''
    end

    def write(value, depth)
      case value
      when String then string(value)
      when Hash then object(value, depth + 1)
      when Array then array(value, depth + 1)
      when Integer then @text << value.to_s
      when nil then @text << 'null'
      when true then @text << 'true'
      when false then @text << 'false'
      when Float then @text << float(value)
      when Symbol then string(value.name)
      else write(simplified(value), depth + 1)
      end
    end

    private

    def object(hash, depth)
      check(depth)
      separator = '{'
      hash.each do |key, value|
        @text << separator
        separator = ','
        string(key_text(key))
        @text << ':'
        write(value, depth)
      rescue Refused => e
        raise e.inside(".#{key}")
      end
      @text << (separator == '{' ? '{}' : '}')
    end

    def array(items, depth)
      check(depth)
      @text << '['
      items.each_with_index do |item, index|
        @text << ',' if index.positive?
        write(item, depth)
      rescue Refused => e
        raise e.inside("[#{index}]")
      end
      @text << ']'
    end

    def check(depth)
      raise Refused, 'is nested too deeply or contains itself' if depth > MOST_NESTED
    end

    def string(value)
      text = utf8(value)
      @text << (PLAIN_TEXT.match?(text) ? "\"#{text}\"" : JSON.generate(text))
    end

    def utf8(value)
      case value.encoding
      when Encoding::UTF_8, Encoding::US_ASCII then text = value
      when Encoding::BINARY then text = value.dup.force_encoding(Encoding::UTF_8)
      else return value.encode(Encoding::UTF_8)
      end
      raise Refused, 'is a binary String, which JSON cannot hold' unless text.valid_encoding?

      text
    rescue EncodingError
      raise Refused, "is a String that is no #{value.encoding.name}"
    end

    # The shortest text that reads as the same number, as other languages write it.
    def float(value)
      raise Refused, "is #{value}, which JSON cannot hold" unless value.finite?

      text = value.to_s
      text.include?('e') ? text.sub(/(?:\.0)?e([+-])0?(?=\d)/, 'e\1') : text
    end

    def key_text(key)
      case key
      when String then key
      when Symbol then key.name
      when nil then 'null'
      when Integer, true, false then key.to_s
      when Float then float(key)
      else raise Refused, "has the key #{key.inspect}, and JSON keys are text"
      end
    end

    # One step nearer to JSON.
    def simplified(value)
      case value
      when Time then time(value)
      when Exception then Failure.describe(value)
      when Struct then value.to_h
      else simplified_by_name(value)
      end
    end

    # Of classes that need not be loaded.
    def simplified_by_name(value)
      case value.class.name
      when 'Date', 'DateTime' then value.iso8601
      when 'Set' then value.to_a
      when 'BigDecimal' then value.finite? ? value.to_s('F') : raise(Refused, "is #{value}, which JSON cannot hold")
      else
        return value.to_h if defined?(::Data) && ::Data.respond_to?(:define) && value.is_a?(::Data)

        raise Refused, "is #{described(value)}, which JSON cannot hold"
      end
    end

    def time(value)
      fraction = value.nsec.zero? ? '' : value.strftime('.%6N')
      value.strftime("%Y-%m-%dT%H:%M:%S#{fraction}#{value.utc? ? 'Z' : '%:z'}")
    end

    def described(value)
      case value
      when Proc, Method then 'a function'
      when Module then "the #{value.class.name.downcase} #{value.name}"
      when Thread then 'a Thread; take its value'
      else "of type #{value.class.name}"
      end
    end
  end
end
