# frozen_string_literal: true

require 'motia/failure'
require 'motia/link'
require 'motia/spelling'

module Motia
  # Log records of a Step.
  #
  # Each level takes a message, then anything: objects are merged into the record, other values become its `data`, keywords
  # its fields, exceptions its `error`. Logging never raises and never waits for an answer.
  class Logger
    include BothSpellings

    LEVELS = { 'trace' => 'debug', 'debug' => 'debug', 'info' => 'info', 'warn' => 'warn', 'warning' => 'warn',
               'error' => 'error', 'exception' => 'error', 'critical' => 'error', 'fatal' => 'error' }.freeze

    def initialize(call = nil)
      @call = call
      @listeners = [].freeze
    end

    # @!method info(message = nil, *args, **fields)
    #   Writes a record; a block gives the message, as with Ruby's own Logger. Likewise `debug warn error` and
    #   `trace warning critical fatal`.
    (LEVELS.keys - ['exception']).each do |name|
      define_method(name) { |message = nil, *args, **fields, &block| write(LEVELS.fetch(name), message, args, fields, block) }
    end

    # `error` with the exception being handled.
    def exception(message = nil, *args, **fields, &block)
      args << $! if $! && args.none?(Exception) && !message.is_a?(Exception)
      write('error', message, args, fields, block)
    end

    # A record of a level given by name; an unknown one is `info`.
    def log(level, message = nil, *args, **fields, &block)
      write(LEVELS.fetch(level.to_s.downcase, 'info'), message, args, fields, block)
    end

    # Calls the block with (level, message, arguments) for each record of this logger.
    def add_listener(listener = nil, &block)
      @listeners = [*@listeners, listener || block].freeze
    end

    private

    def write(level, message, args, fields, block)
      message = block.call if message.nil? && block
      text = text_of(message)
      arguments = arguments_of(message, args, fields)
      Link.log(@call, level, text, arguments)
      @listeners.each { |listener| listener.call(level, text, arguments) }
      nil
    end

    def arguments_of(message, args, fields)
      merged = message.is_a?(Exception) ? { 'error' => message } : {}
      values = []
      args.each do |value|
        case value
        when Hash then value.each { |key, item| merged[key.to_s] = item }
        when Exception then merged['error'] = value
        when nil then next
        else values << value
        end
      end
      merged['data'] = values.size == 1 ? values.first : values unless values.empty?
      fields.each { |key, item| merged[key.to_s] = item }
      merged.empty? ? nil : merged
    end

    def text_of(message)
      message.is_a?(Exception) ? Failure.message_of(message) : message.to_s
    rescue StandardError => e
      "<#{message.class} whose text cannot be made: #{e.class}>"
    end
  end
end
