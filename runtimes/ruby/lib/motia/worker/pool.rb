# frozen_string_literal: true

require 'motia/worker/cancellation'

module Motia
  module Worker
    # Threads that run calls. There are as many as were ever needed at once, up to a limit; beyond it calls wait.
    class Pool
      SIZE = 64

      def initialize(size = SIZE)
        @size = size
        @jobs = Queue.new
        @turn = Mutex.new
        @threads = 0
        @unfinished = 0
      end

      # Runs the block in a thread, soon.
      def run(&job)
        @turn.synchronize do
          @unfinished += 1
          start if @unfinished > @threads && @threads < @size
        end
        @jobs << job
      end

      private

      def start
        @threads += 1
        Thread.new { Cancellation.shielded { work } }.tap do |thread|
          thread.name = 'motia-step'
          thread.report_on_exception = false
        end
      end

      def work
        loop do
          job = @jobs.pop
          begin
            job.call
          ensure
            @turn.synchronize { @unfinished -= 1 }
          end
        end
      ensure # a handler may have ended its thread
        @turn.synchronize do
          @threads -= 1
          start if @unfinished > @threads
        end
      end
    end
  end
end
