# frozen_string_literal: true

module Motia
  # What a function of the author's takes: a method, a lambda, a block or anything with `call`.
  class Parameters
    POSITIONAL = %i[req opt].freeze
    KEYWORDS = %i[keyreq key].freeze

    # Calls a function with as many of the arguments as it takes.
    def self.call(function, *args, &block)
      most = new(function).most
      function.call(*(most ? args.first(most) : args), &block)
    end

    # @param function [#call]
    def initialize(function)
      function = function.method(:call) unless function.respond_to?(:parameters)
      @parameters = function.parameters
    end

    # How many values can be given by position; nothing when there is no limit.
    def most
      @parameters.any? { |type, _| type == :rest } ? nil : positional.size
    end

    # How many values a handler is given by position, at least one when there is only `*args`.
    def count
      positional.empty? && most.nil? ? 1 : positional.size
    end

    # How many values must be given by position.
    def required
      @parameters.count { |type, _| type == :req }
    end

    # The names of the positional parameters, with nothing for those that have none.
    def positional
      @parameters.select { |type, _| POSITIONAL.include?(type) }.map { |_, name| name }
    end

    # The keyword parameters: name → whether it must be given.
    def keywords
      @parameters.select { |type, _| KEYWORDS.include?(type) }.to_h { |type, name| [name, type == :keyreq] }
    end

    # Whether `**rest` takes further keywords.
    def rest?
      @parameters.any? { |type, _| type == :keyrest }
    end
  end
end
