# frozen_string_literal: true

require 'motia/worker/cancellation'
require 'motia/worker/exits'
require 'motia/worker/frames'

module Motia
  module Worker
    # The socket to the core.
    #
    # Any thread may send. Whoever finds nobody writing writes, its own frames and all that come meanwhile, so that many
    # frames share a write under load and a lone one waits for no other thread. Frames of one thread stay in order.
    class Connection
      LARGE = 64 * 1024 # from here on, copying a body to join it with others costs more than another write

      def initialize(socket)
        @socket = socket
        @waiting = Queue.new
        @turn = Mutex.new
        @severed = false
      end

      # Whether this process is only a child of the worker.
      def severed?
        @severed
      end

      # @param header [String] JSON
      # @param body [String]
      # @raise [ArgumentError] the frame is too long
      def send_frame(header, body = '')
        return if @severed

        prefix = Frames.prefix(header, body)
        Cancellation.atomic do
          @waiting << [prefix, header, body]
          write_waiting if @turn.try_lock
        end
      end

      # Returns when everything sent so far has left this process.
      def flush
        Cancellation.atomic do
          @turn.lock
          write_waiting
        end
      end

      # Reads frames until the connection ends, and gives each to the block.
      #
      # @raise [MalformedFrame]
      def each_frame
        while (frame = Frames.read(@socket))
          yield(*frame)
        end
      rescue SystemCallError, IOError
        nil
      end

      # Sends what is left and ends the connection.
      def close
        flush
        @socket.close
      end

      # Forgets the socket: this is a forked child, and it belongs to the parent.
      def sever
        @severed = true
        @waiting.clear
        @socket.close
      end

      private

      # Called with the turn taken. A frame that comes after the last look finds the turn free, or is seen by the next look.
      def write_waiting
        loop do
          begin
            write(taken) until @waiting.empty?
          ensure
            @turn.unlock
          end
          return if @waiting.empty? || !@turn.try_lock
        end
      end

      # What can go out in one write.
      def taken
        joined = String.new(capacity: 256, encoding: Encoding::BINARY)
        until @waiting.empty?
          prefix, header, body = @waiting.pop
          joined << prefix << header.b
          return [joined, body] if body.bytesize > LARGE

          joined << body.b
          break if joined.bytesize > LARGE
        end
        [joined]
      end

      def write(parts)
        return if @severed

        parts.each { |part| write_all(part) }
      rescue SystemCallError, IOError
        Exits.at_once(Exits::OK) unless @severed # the core is gone
      end

      # Writing without blocking keeps Ruby's one lock: handing it over for a few bytes can cost a whole time slice.
      def write_all(bytes)
        written = 0
        while written < bytes.bytesize
          rest = written.zero? ? bytes : bytes.byteslice(written..)
          count = @socket.write_nonblock(rest, exception: false)
          count == :wait_writable ? @socket.wait_writable : written += count
        end
      end
    end
  end
end
