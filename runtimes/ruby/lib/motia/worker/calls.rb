# frozen_string_literal: true

require 'motia/kinds'
require 'motia/running_call'
require 'motia/worker/attempt'
require 'motia/worker/plan'

module Motia
  module Worker
    # The calls of one connection: frames that concern them come here, from the reading thread.
    class Calls
      # @param idle [#call] called when, after `drain`, the last call is over
      def initialize(connection, pool, surroundings, idle)
        @connection = connection
        @pool = pool
        @surroundings = surroundings
        @idle = idle
        @steps = {}
        @streams = {}
        @running = {}
        @turn = Mutex.new
        @draining = false
      end

      # Makes a Step known.
      def add(step)
        @steps[step.entry] = step
      end

      # Makes the functions of a stream definition known.
      def add_stream(entry, hooks)
        @streams[entry] = hooks
      end

      # Takes what the core made of the Steps.
      def bind(entries)
        entries.each do |entry, given|
          step = @steps[entry] or next

          step.binding_of_core = Binding.new((given['name'] || entry).to_s, given['flows'] || [],
                                             given['maxAttempts'] || 1, given['validation'], given['checks'])
        end
      end

      # Takes a `call` frame.
      #
      # @raise [KeyError] it lacks what every call has
      def start(header, body)
        id = header.fetch('id')
        return start_hook(id, header, body) if header['kind'] == 'hook'

        step = @steps[header.fetch('entry')]
        plan = step&.plan(header.fetch('trigger', 0))
        if plan.nil?
          return refuse(id, step ? "the Step '#{step.entry}' has no handler" : "there is no Step '#{header['entry']}' here")
        end

        call = RunningCall.new(id, kind_of(header, plan), header, step.binding_of_core, plan.trigger, paired: plan.paired)
        by_hand = header['kind'] == 'manual'
        call.outlet = by_hand ? UnreadBody.new : Body.new(@connection, id) if call.kind == 'http'
        begin_call(call, Attempt.new(call, plan, body, @surroundings, by_hand: by_hand))
      end

      # Takes a `cancel` frame.
      def cancel(id)
        @turn.synchronize { @running[id] }&.cancel
      end

      # Takes a `credit` frame.
      def credit(id, count)
        @turn.synchronize { @running[id] }&.outlet&.credit(count)
      end

      # Takes a `drain` frame.
      def drain
        @turn.synchronize { @draining = true }
        leave_if_idle
      end

      private

      # Hooks of the project's config are for the worker that has run it, which is never one of Ruby.
      def start_hook(id, header, body)
        stream = @streams[header['entry']]
        hook = stream&.find(header.fetch('hook'))
        return refuse(id, "there is no function for the hook '#{header['hook']}' here") if hook.nil?

        # Only the newer dialect has these with a context, so `set` answers in its way.
        call = RunningCall.new(id, 'stream', header, Binding.new(stream.name, [], 1), {}, paired: true)
        begin_call(call, HookAttempt.new(call, hook, body, @surroundings))
      end

      def begin_call(call, attempt)
        @turn.synchronize { @running[call.id] = call }
        @pool.run { run(attempt, call.id) }
      end

      def run(attempt, id)
        attempt.run
      ensure
        @turn.synchronize { @running.delete(id) }
        leave_if_idle
      end

      def leave_if_idle
        @idle.call if @turn.synchronize { @draining && @running.empty? }
      end

      def kind_of(header, plan)
        kind = header.fetch('kind')
        Kinds.of(kind == 'manual' ? header['as'] || plan.kind : kind)
      end

      def refuse(id, message)
        failed = { 't' => 'failed', 'id' => id, 'reason' => 'no-handler',
                   'error' => { 'name' => 'NoHandler', 'message' => message } }
        @connection.send_frame(Json.encode(failed))
      end
    end
  end
end
