# frozen_string_literal: true

require 'motia/json'
require 'motia/keyed_arguments'
require 'motia/link'

module Motia
  # One stream: `ctx.streams.chat`, `Motia::Stream.new('chat')`. Each call takes `(group, id, …)`; leaving the group out
  # means the group `default`, the id likewise.
  class Stream
    include BothSpellings

    DEFAULT = 'default'

    attr_reader :name, :config

    # @param config [String, Symbol, Hash] the stream's name, or its definition, which may be given as keywords too
    def initialize(config = nil, call: nil, paired: true, **definition)
      config = definition if config.nil?
      @config = config.is_a?(Hash) ? Record.of(config) : Record.of('name' => config)
      @name = KeyedArguments.name_of('Stream', 'name', @config['name'])
      @call = call
      @paired = paired
    end

    # Stores an item, creating it where needed: `(group, id, data)`, `(id, data)` or `(data)`.
    def set(*args, **fields)
      group, id, data = place_and_data('set', args, fields)
      raise TypeError, "streams.set: 'data' is an object, not #{data.class}" unless data.is_a?(Hash)

      pair = ask('set', group, id, Json.encode(data, 'data'))
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
    def update(*args, **fields)
      group, id, operations = place_and_data('update', args, fields)
      if operations.is_a?(Hash) && !Record.of(operations).key?('type')
        operations = { 'type' => 'merge', 'path' => '', 'value' => operations }
      end
      operations = [operations] unless operations.is_a?(Array)
      EitherSpelling.of(ask('update', group, id, Json.encode(operations, 'ops')) || {})
    end

    # The items of a group, oldest first.
    def get_group(group = DEFAULT)
      ask('list', named('get_group', 'group', group)) || []
    end
    alias list get_group

    # Pushes an event, which is not stored: `({ group_id: …, id: … }, { type: …, data: … })` or `(event)`.
    #
    # Named as the other languages name it; Ruby's own `send` is still reachable as `__send__`.
    def send(channel, event = nil)
      channel, event = {}, channel if event.nil?
      event = event.is_a?(Hash) ? Record.of(event) : {}
      raise TypeError, 'streams.send takes an event { type: …, data: … }' unless event['type']

      id = Spelling.option(channel, 'id')
      ask('send', channel_group(channel), id.nil? ? nil : named('send', 'id', id), Json.encode(event, 'event'))
      nil
    end

    # The names of the groups that have items.
    def list_groups
      Json.decode(Link.ask(@call, 'stream.groups', { 'stream' => @name }).last) || []
    end

    # Removes every item of a group.
    def clear(group = DEFAULT)
      ask('clear', named('clear', 'group', group))
      nil
    end

    private

    def ask(operation, group, id = nil, body = '')
      arguments = { 'stream' => @name, 'group' => group }
      arguments['item'] = id if id
      Json.decode(Link.ask(@call, "stream.#{operation}", arguments, body).last)
    end

    def channel_group(channel)
      named('send', 'groupId', Spelling.option(channel, 'groupId') || DEFAULT)
    end

    def place(call, args)
      raise ArgumentError, "streams.#{call} takes (group, id), (id) or nothing" if args.size > 2

      [named(call, 'group', args.size == 2 ? args.first : DEFAULT), named(call, 'id', args.empty? ? DEFAULT : args.last)]
    end

    def place_and_data(call, args, fields)
      args = [*args, fields] unless fields.empty?
      unless (1..3).cover?(args.size)
        raise ArgumentError, "streams.#{call} takes (group, id, data), (id, data) or (data)"
      end

      [*place(call, args[0...-1]), args.last]
    end

    def named(call, argument, value)
      KeyedArguments.name_of("streams.#{call}", argument, value)
    end
  end

  # One item as `streams.create` gives it: `id`, `data`, and `update(partial)`.
  class StreamItem
    attr_reader :id, :data

    def initialize(stream, group, id, initial)
      @stream = stream
      @group = group
      @id = id
      @data = stream.get(group, id) || initial
    end

    # Merges top-level fields into the item and publishes it; answers with the item.
    def update(partial = nil, **fields)
      merge = [{ 'type' => 'merge', 'path' => '', 'value' => { **(partial || {}), **fields } }]
      @data = @stream.update(@group, @id, merge)['new_value'] || @data
    end
  end

  # The streams by name: `streams.chat`, `streams[:chat]`, `streams['chat-messages']`.
  class Streams
    def initialize(call = nil)
      @call = call
    end

    def [](name)
      Stream.new(name, call: @call, paired: @call.nil? || @call.paired)
    end

    # An item to write to at once: `streams.create(id:, schema:, name: 'default', group_id: 'default', initial:)`.
    def create(options = nil, **more)
      given = Record.of({ **(options || {}), **more })
      group = KeyedArguments.name_of('streams.create', 'groupId', Spelling.option(given, 'groupId') || Stream::DEFAULT)
      id = KeyedArguments.name_of('streams.create', 'id', given['id'])
      initial = Spelling.option(given, 'initial', 'schema')
      StreamItem.new(self[given['name'] || Stream::DEFAULT], group, id, initial.is_a?(Hash) ? Record.deep(initial) : Record.new)
    end

    # The stream of that name; which one it is, the core decides.
    def method_missing(name, *args)
      args.empty? && !name.end_with?('=', '?', '!') && !Record::CONVERSIONS.include?(name) ? self[name] : super
    end

    def respond_to_missing?(_name, _include_private = false)
      false # any name is a stream, yet nothing should take this object for what it is not
    end
  end
end
