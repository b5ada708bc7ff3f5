# frozen_string_literal: true

require 'motia/json'
require 'motia/keyed_arguments'
require 'motia/link'

module Motia
  # `ctx.state` and `Motia.state_manager`: JSON values by group and key.
  #
  # Each call takes `(group, key, …)` or, for the group `default`, only `(key, …)`; keywords (`group: key: value:`) work
  # too. Raises ArgumentError or TypeError when an argument is missing, too many, or no text where a name is due.
  class StateManager
    include BothSpellings

    def initialize(call = nil, paired: true)
      @call = call
      @paired = paired
    end

    # The value, else `nil`.
    def get(*args, **keywords)
      Json.decode(ask('get', *arguments('get', args, keywords).group_and_key).last)
    end

    # Stores a value. Answers with the value in `ctx.state`, with `{old_value, new_value}` elsewhere.
    def set(*args, **keywords)
      given = value_arguments('set', args, keywords)
      value = given.take_last(:value)
      _, previous = ask('set', *given.group_and_key, body: Json.encode(value, 'value'))
      @paired ? EitherSpelling.of('old_value' => Json.decode(previous), 'new_value' => value) : value
    end

    # Removes a value and answers with it, else `nil`.
    def delete(*args, **keywords)
      Json.decode(ask('delete', *arguments('delete', args, keywords).group_and_key).last)
    end

    # Whether there is a value; a stored `nil` is one.
    def has(*args, **keywords)
      header, = ask('has', *arguments('has', args, keywords).group_and_key)
      header['found'] == true
    end
    alias has? has
    alias key? has

    # Applies operations such as `{ type: 'increment', path: 'n', by: 1 }` to a value, all or nothing.
    def update(*args, **keywords)
      given = value_arguments('update', args, keywords, :ops)
      operations = given.take_last(:ops)
      operations = [operations] unless operations.is_a?(Array)
      _, pair = ask('update', *given.group_and_key, body: Json.encode(operations, 'ops'))
      EitherSpelling.of(Json.decode(pair) || {})
    end

    # Adds a number, 1 by default, to a stored one; answers with the new number.
    def increment(*args, **keywords)
      given = arguments('increment', args, keywords)
      by = given.take_amount
      Json.decode(ask('increment', *given.group_and_key, 'by' => by).last)
    end

    # The values of a group, first stored first.
    def get_group(*args, **keywords)
      Json.decode(ask('list', arguments('get_group', args, keywords).group).last) || []
    end
    alias list get_group

    # The keys and values of a group, first stored first.
    def get_all(*args, **keywords)
      Json.decode(ask('entries', arguments('get_all', args, keywords).group).last) || Record.new
    end

    # The keys of a group, first stored first.
    def keys(*args, **keywords)
      Json.decode(ask('keys', arguments('keys', args, keywords).group).last) || []
    end

    # Removes a whole group.
    def clear(*args, **keywords)
      ask('clear', arguments('clear', args, keywords).group)
      nil
    end

    # The names of all groups.
    def list_groups
      Json.decode(Link.ask(@call, 'state.groups', {}).last) || []
    end

    private

    def arguments(name, args, keywords)
      KeyedArguments.new("state.#{name}", args, keywords)
    end

    # Keywords that name nothing of ours are the value itself: `state.set('quotes', 'q1', text: 'hi')`.
    def value_arguments(name, args, keywords, last = :value)
      known = [:key, last, *KeyedArguments::GROUP_NAMES]
      braceless = !args.empty? && keywords.any? && keywords.keys.none? { |keyword| known.include?(keyword) }
      braceless ? arguments(name, [*args, keywords], {}) : arguments(name, args, keywords)
    end

    def ask(operation, group, key = nil, body: '', **more)
      arguments = { 'group' => group }
      arguments['key'] = key if key
      Link.ask(@call, "state.#{operation}", arguments.merge(more.transform_keys(&:to_s)), body)
    end
  end
end
