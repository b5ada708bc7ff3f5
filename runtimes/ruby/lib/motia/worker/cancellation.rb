# frozen_string_literal: true

require 'motia/errors'

module Motia
  module Worker
    # Where a cancelled call's thread may be interrupted.
    #
    # `Thread#raise` at any moment can break whatever it interrupts: half a frame on the socket, a lock that stays taken, an
    # `ensure` that does not finish. So our own code never is interrupted, and the author's only where it waits (`sleep`,
    # sockets, queues, answers of the core; for Ruby also a regular expression at work), which is where tasks of other
    # languages are cancelled too. Code that computes looks at `ctx.cancelled?`. A call that does neither just goes on, and
    # the core retires the worker.
    module Cancellation
      NEVER = { Cancelled => :never }.freeze
      WHERE_IT_WAITS = { Cancelled => :on_blocking }.freeze
      NOW = { Cancelled => :immediate }.freeze
      NOTHING = { Object => :never }.freeze

      class << self
        # Runs our own code, for as long as it takes.
        def shielded(&block)
          Thread.handle_interrupt(NEVER, &block)
        end

        # Runs a few lines that must happen as a whole, whatever the author's code around them uses: Timeout, Thread#kill …
        def atomic(&block)
          Thread.handle_interrupt(NOTHING, &block)
        end

        # Runs the author's code.
        def exposed(&block)
          Thread.handle_interrupt(WHERE_IT_WAITS, &block)
        end

        # A place to be interrupted at, for a call that has been cancelled before it begins to wait.
        def checkpoint
          sleep 0
        end

        # Forgets an interruption that came too late for its call, before the thread takes the next one.
        def drop_late
          return unless Thread.pending_interrupt? # asked for a class, Ruby 3.1 crashes

          Thread.handle_interrupt(NOW) { Thread.pass }
        rescue Cancelled
          nil
        end
      end
    end
  end
end
