# frozen_string_literal: true

require 'motia/errors'
require 'motia/record'

module Motia
  class Schema
    # Shapes of values. Each has `check(value, path, issues, texts)`, which gives the value in the type asked for and notes
    # what does not fit in `issues`, and `describe`, which gives the JSON Schema.
    module Path
      def self.join(path, name)
        path.empty? ? name.to_s : "#{path}.#{name}"
      end
    end

    # Any value.
    class Anything
      def check(value, _path, _issues, _texts)
        value
      end

      def describe
        {}
      end

      def optional?
        false
      end
    end

    # A JSON Schema inside a mapping of names to types: described, but not checked here.
    class Unchecked < Anything
      def initialize(schema)
        super()
        @schema = schema
      end

      def describe
        @schema
      end
    end

    # A JSON scalar. A boolean is no number; an integer fits where a number is asked for.
    class Scalar
      TRUTH = { 'true' => true, '1' => true, 'yes' => true, 'on' => true,
                'false' => false, '0' => false, 'no' => false, 'off' => false }.freeze

      def initialize(name)
        @name = name
      end

      def check(value, path, issues, texts)
        value = from_text(value) if texts && value.is_a?(String)
        issues << Issue.new(path, "must be #{@name}", :type) unless fits?(value)
        value
      end

      def describe
        { 'type' => @name }
      end

      def optional?
        @name == 'null'
      end

      private

      def fits?(value)
        case @name
        when 'string' then value.is_a?(String)
        when 'null' then value.nil?
        when 'boolean' then [true, false].include?(value)
        when 'integer' then value.is_a?(Integer) || (value.is_a?(Float) && value.finite? && value == value.floor)
        else value.is_a?(Numeric)
        end
      end

      def from_text(text)
        case @name
        when 'integer' then Integer(text, 10, exception: false) || text
        when 'number' then Integer(text, 10, exception: false) || Float(text, exception: false) || text
        when 'boolean' then TRUTH.fetch(text.downcase, text)
        else text
        end
      end
    end

    # A text that stands for a time or a day.
    class Moment
      def initialize(format)
        @format = format
      end

      def check(value, path, issues, _texts)
        return converted(value) if value.is_a?(String)

        refuse(path, issues) unless value.is_a?(Time) || value.respond_to?(:iso8601)
        value
      rescue ArgumentError
        refuse(path, issues)
        value
      end

      def describe
        { 'type' => 'string', 'format' => @format }
      end

      def optional?
        false
      end

      private

      def refuse(path, issues)
        issues << Issue.new(path, "must be a #{@format}", :type)
      end

      def converted(text)
        require 'time'
        @format == 'date' ? Date.iso8601(text) : Time.iso8601(text)
      end
    end

    # An array of items of one shape.
    class Listed
      def initialize(item)
        @item = item
      end

      def check(value, path, issues, texts)
        value = [value] if texts && value.is_a?(String)
        unless value.is_a?(Array)
          issues << Issue.new(path, 'must be an array', :type)
          return value
        end
        value.each_with_index.map { |item, index| @item.check(item, Path.join(path, index), issues, texts) }
      end

      def describe
        items = @item.describe
        items.empty? ? { 'type' => 'array' } : { 'type' => 'array', 'items' => items }
      end

      def optional?
        false
      end
    end

    # One of several shapes; the first that fits counts, exact matches before converted ones.
    class Either
      def initialize(options)
        @options = options
      end

      def check(value, path, issues, texts)
        tries = [false, texts].uniq.flat_map do |allowed|
          @options.map do |option|
            found = []
            checked = option.check(value, path, found, allowed)
            return checked if found.empty?

            found
          end
        end
        note(tries, path, issues)
        value
      end

      def describe
        options = @options.map(&:describe)
        return { 'type' => options.map { |option| option['type'] } } if options.all? { |option| option.keys == ['type'] }

        { 'anyOf' => options }
      end

      def optional?
        @options.any?(&:optional?)
      end

      private

      # What is wrong deeper inside says more than that no option fits.
      def note(tries, path, issues)
        closest = tries.find { |found| found.all? { |issue| issue.path != path } }
        return issues.concat(closest) if closest

        issues << Issue.new(path, tries.map { |found| found.first.message }.uniq.join(' or '), :type)
      end
    end

    # An object with named fields. Further fields are kept.
    class Fields
      def initialize(members)
        @members = members
      end

      def check(value, path, issues, texts)
        unless value.is_a?(Hash)
          issues << Issue.new(path, 'must be an object', :type)
          return value
        end
        checked = Record.of(value)
        @members.each { |name, shape| check_member(checked, name, shape, Path.join(path, name), issues, texts) }
        checked
      end

      def describe
        return { 'type' => 'object' } if @members.empty?

        required = @members.reject { |_, shape| shape.optional? }.keys
        described = { 'type' => 'object', 'properties' => @members.transform_values(&:describe) }
        required.empty? ? described : described.merge('required' => required)
      end

      def optional?
        false
      end

      private

      def check_member(checked, name, shape, path, issues, texts)
        if checked.key?(name)
          checked[name] = shape.check(checked[name], path, issues, texts)
        elsif !shape.optional?
          issues << Issue.new(path, 'is required', :missing)
        end
      end
    end
  end
end
