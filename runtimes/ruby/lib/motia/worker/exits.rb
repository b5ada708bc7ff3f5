# frozen_string_literal: true

module Motia
  module Worker
    # How the worker's process ends.
    module Exits
      OK = 0
      MALFORMED = 70 # EX_SOFTWARE of sysexits.h: the core and the worker do not understand each other
      FAREWELL_SECONDS = 5 # how long the project's own at_exit blocks may take after a drain

      class << self
        # Ends the process now: no at_exit, no waiting for threads, whatever they are doing.
        def at_once(status, message = nil)
          STDERR.write_nonblock("motia worker: #{message}\n", exception: false) if message
        rescue SystemCallError
          nil
        ensure
          Process.exit!(status)
        end

        # Ends the process as Ruby does, so that the project's at_exit blocks run, but not later than it must.
        def orderly
          Thread.new do
            sleep FAREWELL_SECONDS
            Process.exit!(OK)
          end
          exit(OK)
        end
      end
    end
  end
end
