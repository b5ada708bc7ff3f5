# frozen_string_literal: true

module Motia
  # One name, two spellings: every option and member is known in camelCase and in snake_case.
  module Spelling
    class << self
      # `bodySchema` → `body_schema`
      def snake(name)
        name.to_s.gsub(/(?<=[a-z0-9])([A-Z])/) { "_#{$1.downcase}" }
      end

      # `body_schema` → `bodySchema`
      def camel(name)
        name.to_s.gsub(/(?<=[a-zA-Z0-9])_([a-z0-9])/) { $1.upcase }
      end

      # The first of `names` (camelCase) that is set, in either spelling and as text or symbol; `nil` when none is.
      #
      # @raise [ArgumentError] both spellings of one name are given with different values
      def option(options, *names)
        names.each do |name|
          given = forms(name).map { |form| options[form] }.compact
          next if given.empty?
          return given.first if given.all? { |value| value.equal?(given.first) || value == given.first }

          raise ArgumentError, "'#{name}' and '#{snake(name)}' are the same option and have different values"
        end
        nil
      end

      private

      def forms(name)
        @forms ||= {}
        @forms[name] ||= [name, snake(name)].uniq.flat_map { |form| [form, form.to_sym] }.freeze
      end
    end
  end

  # Gives an object every member under its camelCase name too.
  module BothSpellings
    def method_missing(name, *args, **options, &block)
      plain = Spelling.snake(name).to_sym
      return super if plain == name || !respond_to?(plain)

      public_send(plain, *args, **options, &block)
    end

    def respond_to_missing?(name, _include_private = false)
      plain = Spelling.snake(name).to_sym
      (plain != name && respond_to?(plain)) || super
    end
  end
end
