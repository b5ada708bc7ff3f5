# frozen_string_literal: true

module Motia
  module Worker
    # Notices that this process is a forked child.
    module Forks
      class << self
        # Calls the block first thing in every child.
        def in_child(&block)
          Process.singleton_class.prepend(Process.respond_to?(:_fork) ? by_hook(block) : by_name(block))
          Kernel.prepend(by_name(block)) unless Process.respond_to?(:_fork)
        end

        private

        # Ruby 3.1 and later: every way to fork goes through here.
        def by_hook(block)
          Module.new do
            define_method(:_fork) { super().tap { |child| block.call if child.zero? } }
          end
        end

        def by_name(block)
          Module.new do
            define_method(:fork) do |&work|
              next super(&-> { [block.call, work.call] }) if work

              super().tap { |child| block.call if child.nil? }
            end
          end
        end
      end
    end
  end
end
