# frozen_string_literal: true

require 'json'
require 'motia/errors'
require 'motia/json_writer'
require 'motia/record'

module Motia
  # Values to JSON and back, exactly: integers of any size keep their digits, floats their shortest text.
  module Json
    MOST_NESTED = 1000
    # One half of a surrogate pair is valid JSON, but no character that a Ruby text can hold.
    ESCAPES = /\\(?:u[dD][89abAB]\h\h\\u[dD][c-fC-F]\h\h|(?<half>u[dD][89a-fA-F]\h\h)|.)/.freeze

    class << self
      # The value of a JSON text; objects become records, an empty text `nil`.
      #
      # @raise [JSON::ParserError] it is no JSON
      def decode(text)
        return nil if text.empty?

        text = text.dup.force_encoding(Encoding::UTF_8) unless text.encoding == Encoding::UTF_8
        parse(text)
      rescue JSON::ParserError
        raise unless text.match?(/\\u[dD]/)

        parse(text.gsub(ESCAPES) { $~[:half] ? '\ufffd' : $& })
      end

      # {decode}, with the `data` alias on an object.
      def decode_payload(text)
        value = decode(text)
        value.is_a?(Record) ? Payload.new.replace(value) : value
      end

      # The JSON text of a value.
      #
      # @param what [String] the word that stands for the value itself in an error's path
      # @raise [PayloadError] the value, or one inside it, cannot be JSON
      def encode(value, what = 'payload')
        JsonWriter.write(value, what)
      end

      private

      def parse(text)
        JSON.parse(text, object_class: Record, max_nesting: MOST_NESTED, create_additions: false)
      end
    end
  end
end
