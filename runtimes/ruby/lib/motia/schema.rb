# frozen_string_literal: true

require 'motia/errors'
require 'motia/schema/reader'

module Motia
  # A schema written with Ruby's own types: `{ id: String, n: Integer, ok: :boolean, tags: [String], note: [String, nil] }`.
  #
  # Fields are required unless `nil` is one of their types; further fields are kept. A JSON Schema in a Hash is none of
  # these: the core checks it.
  class Schema
    # The schema, or nothing for a JSON Schema and for everything that is no schema.
    #
    # @raise [TypeError] a field asks for something that is no type
    def self.of(value)
      new(Reader.read(value)) if Reader.typed?(value)
    end

    def initialize(shape)
      @shape = shape
    end

    # @return [Hash] the JSON Schema
    def json_schema
      @shape.describe
    end

    # The value in the types asked for.
    #
    # @param texts [Boolean] numbers and booleans may be written as text, as in a query string
    # @raise [InvalidInput] it does not fit
    def parse(value, texts: false)
      issues = []
      checked = @shape.check(value, '', issues, texts)
      raise InvalidInput, issues unless issues.empty?

      checked
    end
  end
end
