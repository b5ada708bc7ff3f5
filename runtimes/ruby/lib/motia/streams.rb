# frozen_string_literal: true

require 'motia/json'
require 'motia/keyed_arguments'
require 'motia/link'
require 'motia/schema'

module Motia
  # One stream: `ctx.streams.chat`, `Motia::Stream.new('chat')`. Each call takes `(group, id, …)`; leaving the group out
  # means the group `default`, the id likewise.
  #
  # Made with a definition at the top level of a stream file, it defines the stream:
  #
  #   CHAT = Motia::Stream.new(name: 'chat', schema: { text: String }, can_access: ->(subscription, auth) { !auth.nil? })
  class Stream
    include BothSpellings

    DEFAULT = 'default'
    OPERATIONS = %w[set merge increment decrement append remove].freeze

    class << self
      # Called with each stream that is made with a definition; the worker sets it while it loads a file.
      attr_accessor :on_new
    end

    # @return [String]
    attr_reader :name
    # @return [Record] the definition
    attr_reader :config

    # @param config [String, Symbol, Hash] the stream's name, or its definition, which may be given as keywords too:
    #   `name:`, `schema:`, `description:`, `base_config:`, `can_access:`, `on_join:`, `on_leave:`, `validation:`
    # @raise [TypeError] there is no name
    def initialize(config = nil, call: nil, paired: true, **definition)
      config = definition if config.nil?
      @config = config.is_a?(Hash) ? Record.of(config) : Record.of('name' => config)
      @name = KeyedArguments.name_of('Stream', 'name', @config['name'])
      @call = call
      @paired = paired
      Stream.on_new&.call(self) if config.is_a?(Hash)
    end

    # Stores an item, creating it where needed: `(group, id, data)`, `(id, data)` or `(data)`.
    #
    # @return [Record, EitherSpelling] the item in `ctx.streams`, `{old_value, new_value}` elsewhere and in triggers form
    def set(*args, **fields)
      group, id, data = place_and('set', 'data', args, fields)
      pair = ask('set', group, id, Stream.object(data, 'streams.set', 'data'))
      return EitherSpelling.of(pair || {}) if @paired

      pair.is_a?(Hash) && pair.key?('new_value') ? pair['new_value'] : pair
    end

    # The item, else `nil`: `(group, id)`, `(id)` or nothing.
    def get(*args)
      ask('get', *place('get', args))
    end

    # Removes an item and answers with it, else `nil`: `(group, id)`, `(id)` or nothing.
    def delete(*args)
      ask('delete', *place('delete', args))
    end

    # Applies operations, or merges a partial object: `(group, id, ops)` or `(id, ops)`.
    #
    # @return [EitherSpelling] `{old_value, new_value}`
    def update(*args, **fields)
      raise ArgumentError, 'streams.update takes (group, id, ops) or (id, ops)' if args.size + [fields.size, 1].min < 2

      group, id, operations = place_and('update', 'ops', args, fields)
      EitherSpelling.of(ask('update', group, id, Json.encode(operations_in(operations), 'ops')) || {})
    end

    # The items of a group, oldest first: `(group)` or nothing.
    def get_group(*args)
      ask('list', group('get_group', args)) || []
    end
    alias list get_group

    # Pushes an event, which is not stored: `({ group_id: …, id: … }, { type: …, data: … })` or `(event)`.
    #
    # Named as the other languages name it; Ruby's own `send` is still reachable as `__send__`.
    def send(channel, event = nil)
      channel, event = { group_id: DEFAULT }, channel if event.nil?
      event = event.is_a?(Hash) ? Record.of(event) : {}
      unless event['type'].is_a?(String) || event['type'].is_a?(Symbol)
        raise TypeError, 'streams.send takes an event { type: …, data: … }, before it perhaps { group_id: …, id: … }'
      end

      id = Spelling.option(channel, 'id')
      body = Json.encode({ 'type' => event['type'].to_s, 'data' => event['data'] }, 'event')
      ask('send', channel_group(channel), id.nil? ? nil : named('send', 'id', id), body)
      nil
    end

    # The names of the groups that have items.
    def list_groups
      Json.decode(Link.ask(@call, 'stream.groups', { 'stream' => @name }).last) || []
    end

    # Removes every item of a group: `(group)` or nothing.
    def clear(*args)
      ask('clear', group('clear', args))
      nil
    end

    # The JSON of an object.
    #
    # @raise [TypeError] it is none
    def self.object(value, call, argument)
      text = Json.encode(value, argument)
      return text if text.start_with?('{')

      raise TypeError, "#{call}: '#{argument}' is an object, not #{value.class}"
    end

    private

    def ask(operation, group, id = nil, body = '')
      arguments = { 'stream' => @name, 'group' => group }
      arguments['item'] = id if id
      Json.decode(Link.ask(@call, "stream.#{operation}", arguments, body).last)
    end

    # A partial object instead of operations is merged.
    def operations_in(given)
      operation = given.is_a?(Hash) ? Record.of(given) : {}
      unless given.is_a?(Array) || (OPERATIONS.include?(operation['type'].to_s) && operation.key?('path'))
        Stream.object(given, 'streams.update', 'ops')
        return [{ 'type' => 'merge', 'path' => '', 'value' => given }]
      end

      operations = given.is_a?(Array) ? given : [given]
      return operations if operations.all? { |each| each.is_a?(Hash) && Record.of(each).key?('type') }

      raise TypeError, "streams.update takes operations such as { type: 'increment', path: 'n', by: 1 }, or an object"
    end

    def channel_group(channel)
      raise TypeError, "streams.send sends to { group_id: …, id: … }, not to #{channel.inspect}" unless channel.is_a?(Hash)

      named('send', 'group_id', Spelling.option(channel, 'groupId'))
    end

    def group(call, args)
      raise ArgumentError, "streams.#{call} takes (group) or nothing" if args.size > 1

      named(call, 'group', args.empty? ? DEFAULT : args.first)
    end

    def place(call, args)
      raise ArgumentError, "streams.#{call} takes (group, id), (id) or nothing" if args.size > 2

      [named(call, 'group', args.size == 2 ? args.first : DEFAULT), named(call, 'id', args.empty? ? DEFAULT : args.last)]
    end

    def place_and(call, last, args, fields)
      args = [*args, fields] unless fields.empty?
      unless (1..3).cover?(args.size)
        raise ArgumentError, "streams.#{call} takes (group, id, #{last}), (id, #{last}) or (#{last})"
      end

      [*place(call, args[0...-1]), args.last]
    end

    def named(call, argument, value)
      KeyedArguments.name_of("streams.#{call}", argument, value)
    end
  end

  # One item as `streams.create` gives it: `id`, `data`, and `update(partial)`.
  class StreamItem
    # @return [String]
    attr_reader :id
    # @return [Record] the stored item; when there is none, what `create` was given
    attr_reader :data

    def initialize(stream, group, id, initial)
      @stream = stream
      @group = group
      @id = id
      stored = stream.get(group, id)
      @data = stored || Record.of(initial)
      @initial = stored ? {} : initial
    end

    # Replaces top-level fields and publishes the item, which it gives. What is not stored yet begins as `initial`.
    def update(partial = nil, **fields)
      fields = Record.of({ **(partial || {}), **fields })
      whole = Record.of(@initial).merge(fields)
      writes = whole.map { |name, value| { 'type' => 'set', 'path' => [name], 'value' => value } }
      writes << { 'type' => 'merge', 'path' => '', 'value' => {} } if writes.empty?
      @initial = {}
      @data = @stream.update(@group, @id, writes)['new_value'] || @data.merge(fields)
    end
  end

  # The streams by name: `streams.chat`, `streams[:chat]`, `streams['chat-messages']`.
  class Streams
    SCHEMA_KEYS = %w[$ref $schema allOf anyOf enum oneOf properties type].freeze
    SCHEMA_TYPES = %w[array boolean integer null number object string].freeze

    # Names that Ruby gives every object and that streams may well have.
    %i[display extend method methods tap then].each { |name| undef_method(name) }

    def initialize(call = nil)
      @call = call
    end

    def [](name)
      Stream.new(name, call: @call, paired: @call.nil? || @call.paired)
    end

    # An item to write to at once: `streams.create(id:, name: 'default', group_id: 'default', initial:)`. A `schema:` that is an
    # example stands for `initial:`. Without arguments it is the stream called `create`.
    #
    # @return [StreamItem, Stream]
    # @raise [TypeError] the id is missing, or a name is no text
    def create(options = nil, **more)
      return self['create'] if options.nil? && more.empty?

      given = Record.of({ **(options || {}), **more })
      name, group = %w[name groupId].map { |option| Spelling.option(given, option) || Stream::DEFAULT }
      group = KeyedArguments.name_of('streams.create', 'group_id', group)
      StreamItem.new(self[name], group, KeyedArguments.name_of('streams.create', 'id', given['id']), initial_in(given))
    end

    # The stream of that name; which one it is, the core decides.
    def method_missing(name, *args)
      args.empty? && !name.end_with?('=', '?', '!') && !Record::CONVERSIONS.include?(name) ? self[name] : super
    end

    def respond_to_missing?(_name, _include_private = false)
      false # any name is a stream, yet nothing should take this object for what it is not
    end

    private

    def initial_in(given)
      initial = given['initial']
      initial = given['schema'] if initial.nil? && given['schema'].is_a?(Hash) && !schema?(Record.of(given['schema']))
      return {} if initial.nil?

      Stream.object(initial, 'streams.create', 'initial')
      Record.deep(initial)
    end

    # An example may well have a `type`, but not one that JSON Schema knows.
    def schema?(value)
      return true if Schema.of(value)

      (SCHEMA_KEYS & value.keys).any? && (!value.key?('type') || SCHEMA_TYPES.include?(value['type'].to_s))
    end
  end
end
