# frozen_string_literal: true

require 'socket'
require 'motia/worker/exits'

module Motia
  module Worker
    # The socket to the core, as the environment names it.
    module CoreSocket
      SECRET_BYTES = 32

      class << self
        # Opens it. The variables of the worker are gone afterwards, so that no child process sees them.
        #
        # @return [BasicSocket]
        def open
          where = ENV['MOTIA_WORKER_SOCKET'].to_s
          secret = ENV['MOTIA_WORKER_SECRET'].to_s
          ENV.delete_if { |name, _| name.start_with?('MOTIA_WORKER_') }
          kind, address = where.split(':', 2)
          socket = inherited(address) if kind == 'fd'
          socket = connected(address, secret) if kind == 'tcp'
          refuse if socket.nil?

          socket.close_on_exec = true
          socket
        end

        private

        def inherited(number)
          UNIXSocket.for_fd(Integer(number, 10)) if number.to_s.match?(/\A\d+\z/)
        end

        def connected(address, secret)
          host, port = address.to_s.match(/\A\[?(.+?)\]?:(\d+)\z/)&.captures
          return nil if host.nil? || secret.bytesize != SECRET_BYTES

          TCPSocket.new(host, port.to_i).tap do |socket|
            socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, true)
            socket.write(secret)
          end
        end

        def refuse
          Exits.at_once(Exits::MALFORMED,
                        'this program is started by the core, with MOTIA_WORKER_SOCKET=fd:N or tcp:HOST:PORT')
        end
      end
    end
  end
end
