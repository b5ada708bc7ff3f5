# frozen_string_literal: true

module Motia
  # Exceptions as data: the form in which they travel in payloads, log records and failed attempts.
  module Failure
    OURS = "#{__dir__}/"
    ANONYMOUS = /\A#<Module:0x\h+>::/.freeze # the module that a Step file is loaded into
    MOST_CAUSES = 5
    LONGEST = 256 * 1024 # some libraries put whole responses into their messages; more than this nobody reads

    class << self
      # `{name, message, stack?, code?, cause?}`, JSON all through.
      def describe(error, depth = 0)
        described = { 'name' => name_of(error), 'message' => message_of(error) }
        described['stack'] = stack_of(error) if error.backtrace
        code = code_of(error)
        described['code'] = code if code
        described['cause'] = describe(error.cause, depth + 1) if error.cause && depth < MOST_CAUSES
        described
      end

      # The name of its class, without the module of the file that defines it.
      def name_of(error)
        named = error.class.ancestors.find { |ancestor| ancestor.is_a?(Class) && ancestor.name }
        named.name.sub(ANONYMOUS, '')
      end

      # The message, also when making it raises. Source snippets that Ruby adds to a NameError are left out.
      def message_of(error)
        text = readable(error.message)
        cut(error.is_a?(NameError) ? text[/\A.*?(?=\n\n)/m] || text : text)
      rescue StandardError => e
        "<#{name_of(error)} whose text cannot be made: #{e.class}>"
      end

      # Message and backtrace as Ruby prints them, without the frames of this library.
      def stack_of(error)
        lines = (error.backtrace || []).reject { |line| line.start_with?(OURS) || line.start_with?('<internal:') }
        first = [lines.first, "#{message_of(error)} (#{name_of(error)})"].compact.join(': ')
        cut(readable([first, *lines.drop(1).map { |line| "\tfrom #{line}" }].join("\n")))
      end

      # Whether a frame belongs to this library rather than to the author.
      def ours?(path)
        path.nil? || path.start_with?(OURS) || path.start_with?('<internal:')
      end

      private

      def code_of(error)
        return nil unless error.respond_to?(:code)

        code = error.code
        code if code.is_a?(Integer) || code.is_a?(String)
      rescue StandardError
        nil
      end

      def cut(text)
        text.size <= LONGEST ? text : "#{text[0, LONGEST]}… (#{text.size} characters)"
      end

      def readable(text)
        text = text.to_s
        text = text.dup.force_encoding(Encoding::UTF_8) if text.encoding == Encoding::BINARY
        text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace).scrub
      end
    end
  end
end
