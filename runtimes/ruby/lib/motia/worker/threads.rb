# frozen_string_literal: true

require 'motia/link'

module Motia
  module Worker
    # Makes threads that a handler starts belong to its attempt. From Ruby 3.2 on, fiber storage does that by itself.
    module ThreadInheritance
      def initialize(*args, &block)
        call = Current.call
        return super if call.nil? || block.nil?

        super(*args) do |*given|
          Current.call = call
          block.call(*given)
        end
      end

      def self.install
        Thread.prepend(self) unless Fiber.respond_to?(:[])
      end
    end
  end
end
