# frozen_string_literal: true

module Motia
  # How state calls name what they mean: `(group, key, …)`, `(key, …)` in the group `default`, or by keywords.
  class KeyedArguments
    DEFAULT_GROUP = 'default'
    GROUP_NAMES = %i[group group_id groupId scope].freeze

    # A group, key or id as text; numbers and symbols become text.
    #
    # @raise [TypeError] it is neither, or empty
    def self.name_of(call, argument, value)
      text =
        case value
        when String then value
        when Symbol then value.name
        when Integer then value.to_s
        when Float then whole(value)
        end
      return text unless text.nil? || text.empty?

      raise TypeError, "#{call}: '#{argument}' is a non-empty text, not #{text ? 'empty' : value.inspect}"
    end

    def self.whole(number)
      return nil unless number.finite?

      number == number.floor ? number.to_i.to_s : number.to_s
    end
    private_class_method :whole

    # @param call [String] for messages: `state.get`
    def initialize(call, args, keywords)
      @call = call
      @args = args.dup
      @keywords = keywords.dup
    end

    # Takes the last argument, or the keyword of that name.
    def take_last(name)
      return @keywords.delete(name) if @keywords.key?(name)
      if @args.size + @keywords.size < 2 || @args.empty?
        raise ArgumentError, "#{@call} takes (group, key, #{name}) or (key, #{name})"
      end

      @args.pop
    end

    # Takes the amount of an increment: the keyword `by`, or a number after the key.
    def take_amount
      by = @keywords.delete(:by)
      by = @args.pop if by.nil? && @args.size > 1 && number?(@args.last)
      by = 1 if by.nil?
      raise TypeError, "#{@call}: 'by' is a number, not #{by.inspect}" unless number?(by)

      by
    end

    # @return [Array(String, String)] group and key
    def group_and_key
      groups = taken_groups
      keys = @keywords.key?(:key) ? [@keywords.delete(:key)] : []
      reject_unknown
      raise ArgumentError, "#{@call} takes (group, key) or (key)" if @args.size > 2 - groups.size - keys.size

      keys << @args.pop if keys.empty? && !@args.empty?
      raise ArgumentError, "#{@call} takes (group, key) or (key)" if keys.empty?

      [group_of(groups), self.class.name_of(@call, 'key', keys.first)]
    end

    # @return [String] the group of a call without a key
    def group
      groups = taken_groups
      reject_unknown
      raise ArgumentError, "#{@call} takes (group) or nothing" if @args.size > 1 - groups.size

      group_of(groups)
    end

    private

    def group_of(groups)
      given = groups.empty? ? @args : groups
      given.empty? ? DEFAULT_GROUP : self.class.name_of(@call, 'group', given.first)
    end

    def taken_groups
      groups = GROUP_NAMES.filter_map { |name| [@keywords.delete(name)] if @keywords.key?(name) }.flatten(1)
      raise ArgumentError, "#{@call}: 'group' is given twice" if groups.size > 1

      groups
    end

    def reject_unknown
      raise ArgumentError, "#{@call} does not know '#{@keywords.keys.first}'" unless @keywords.empty?
    end

    def number?(value)
      value.is_a?(Integer) || (value.is_a?(Float) && value.finite?)
    end
  end
end
