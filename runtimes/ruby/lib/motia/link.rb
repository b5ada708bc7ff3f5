# frozen_string_literal: true

require 'motia/errors'

module Motia
  # Which attempt is running here. Fibers and threads started by a handler belong to its attempt.
  module Current
    KEY = :motia_call

    class << self
      if Fiber.respond_to?(:[])
        def call
          Fiber[KEY]
        end

        def call=(call)
          Fiber[KEY] = call
        end
      else # Ruby 3.0 and 3.1 have no storage that threads inherit; the worker passes it on (Worker::ThreadInheritance)
        def call
          Thread.current.thread_variable_get(KEY)
        end

        def call=(call)
          Thread.current.thread_variable_set(KEY, call)
        end
      end
    end
  end

  # The seam between the names a Step uses and the worker that runs it. In a process that is no worker, such as a unit
  # test, calls into the core raise {NotConnected}.
  module Link
    # Stands in where no worker is.
    module Unconnected
      class << self
        def ask(_call, operation, _arguments, _body)
          raise NotConnected, "'#{operation}' needs a running Motia, and this process is not one of its workers"
        end

        def log(_call, level, message, arguments, _source)
          $stderr.puts("[#{level.upcase}] #{message}#{" #{arguments}" if arguments}")
        end
      end
    end

    class << self
      # @return [#ask, #log] the way to the core
      attr_reader :connected

      # Sets how calls reach the core from now on, in this process.
      def connect(link)
        @connected = link
      end

      # Asks the core on behalf of `call`, else of the attempt running here, else of nobody (a new trace).
      #
      # @return [Array(Hash, String)] header and body of the answer
      # @raise [CoreError] the core refuses
      def ask(call, operation, arguments, body = '')
        @connected.ask(call || Current.call, operation, arguments, body)
      end

      def log(call, level, message, arguments = nil, source = 'logger')
        @connected.log(call || Current.call, level, message, arguments, source)
      end
    end

    connect(Unconnected)
  end
end
