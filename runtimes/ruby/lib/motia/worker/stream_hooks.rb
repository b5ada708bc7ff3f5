# frozen_string_literal: true

require 'motia/json'
require 'motia/parameters'
require 'motia/record'
require 'motia/spelling'
require 'motia/worker/cancellation'

module Motia
  module Worker
    # What the core asks of a stream's definition: who may watch it, who has gone, and to keep its items elsewhere.
    #
    # Whatever is not clearly a yes is a failure, and the core takes a failure for a no: a function that is missing, one that
    # raises, and one that gives something that is not documented.
    class StreamHooks
      # @return [String] the stream's name
      attr_reader :name

      # Whether a value can be the `factory` of a storage: a function, a class, or already the object with the methods.
      def self.factory?(value)
        value.is_a?(Class) || storage?(value) || value.respond_to?(:call)
      end

      # Whether a value is the object that keeps a stream's items.
      def self.storage?(value)
        !value.is_a?(Class) && %i[get set delete].all? { |method| value.respond_to?(method) }
      end

      # @param found [Found] of the form `stream`
      def initialize(found)
        @name = (found.options['name'] || found.entry).to_s
        @can_access, @on_join, @on_leave = %w[canAccess onJoin onLeave].map { |key| Spelling.option(found.options, key) }
        base = Spelling.option(found.options, 'baseConfig')
        factory = base.is_a?(Hash) ? Record.of(base)['factory'] : nil
        @storage = factory && StreamStorage.new(@name, factory)
      end

      # What answers a hook; nothing when the definition has no function for it.
      #
      # @return [#call, nil] gets the call and its body
      def find(hook)
        case hook
        when 'stream.access' then method(:access) if @can_access || @on_join
        when 'stream.leave' then method(:leave) if @on_leave
        when 'stream.storage' then @storage
        end
      end

      private

      def access(call, asked)
        watcher(call, asked) do |subscription, auth|
          next { 'allowed' => false } unless @can_access.nil? || allowed?(authors(@can_access, subscription, auth))

          { 'allowed' => @on_join.nil? || !unauthorized?(authors(@on_join, subscription, call.context, auth)) }
        end
      end

      def leave(call, asked)
        watcher(call, asked) { |subscription, auth| authors(@on_leave, subscription, call.context, auth) }
        nil
      end

      def watcher(call, asked)
        call.input = EitherSpelling.of(asked.fetch('subscription'))
        yield call.input, asked['authContext']
      end

      def authors(function, *args)
        Cancellation.exposed { Parameters.call(function, *args) }
      end

      def allowed?(result)
        return result if [true, false].include?(result)

        raise TypeError, "can_access of the stream '#{@name}' gives true or false, not #{result.class}"
      end

      def unauthorized?(joined)
        return false if joined.nil?

        unauthorized = joined.is_a?(Hash) ? Record.of(joined).fetch('unauthorized', false) : nil
        return unauthorized if [true, false].include?(unauthorized)

        raise TypeError, "on_join of the stream '#{@name}' gives nothing or { unauthorized: true }, not #{joined.inspect}"
      end
    end

    # Where the items of one stream are kept, by the author's own code.
    class StreamStorage
      # @param stream [String] its name, for messages
      # @param factory [#call, Class, Object] gives the object with the methods; or is it
      def initialize(stream, factory)
        @stream = stream
        @factory = factory
        @turn = Mutex.new
      end

      # The result of one operation.
      #
      # @raise [TypeError] the object lacks the method, or its result is no item, or no list of them
      def call(call, asked)
        operation = call.header.fetch('op')
        group, id = asked.fetch('groupId'), asked['id']
        case operation
        when 'get', 'delete' then checked(operation, ask([operation], group, id))
        when 'set' then checked(operation, ask([operation], group, id, asked['data']))
        when 'list' then checked(operation, ask(%w[get_group getGroup list], group))
        when 'send' then send_event(EitherSpelling.of({ 'groupId' => group, 'id' => id }.compact), asked['event'])
        else raise TypeError, "there is no storage operation '#{operation}'"
        end
      end

      private

      # Every object has Ruby's own `send`.
      def send_event(channel, event)
        method = object.method(:send)
        Cancellation.exposed { Parameters.call(method, channel, event) } unless method.owner == Kernel
        nil
      end

      def ask(names, *args)
        name = names.find { |each| object.respond_to?(each) }
        raise TypeError, "the storage of the stream '#{@stream}' has no method '#{names.first}'" if name.nil?

        Cancellation.exposed { Parameters.call(object.method(name), *args) }
      end

      # Two calls at once must not make two.
      def object
        @turn.synchronize { @object ||= made }
      end

      def made
        return @factory if StreamHooks.storage?(@factory)

        made = Cancellation.exposed { @factory.is_a?(Class) ? @factory.new : @factory.call }
        raise TypeError, "base_config.factory of the stream '#{@stream}' gave nothing" if made.nil?

        made
      end

      def checked(operation, result)
        text = Json.encode(result, "the result of #{operation}")
        list = operation == 'list'
        return result if list ? text.start_with?('[') : text == 'null' || text.start_with?('{')

        wanted = list ? 'a list of items' : 'an item or nil'
        raise TypeError, "'#{operation}' of the storage of the stream '#{@stream}' gives #{wanted}, not #{result.class}"
      end
    end
  end
end
