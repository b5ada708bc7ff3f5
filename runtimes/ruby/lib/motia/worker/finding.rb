# frozen_string_literal: true

require 'motia/record'
require 'motia/spelling'
require 'motia/streams'

module Motia
  module Worker
    # One Step in a file. `form` is `type`, `function` or `triggers`; `entry` tells it from all others of this worker.
    Found = Struct.new(:form, :options, :handler, :line, :entry, keyword_init: true) do
      # What tells it from the others in its file.
      def label
        (Spelling.option(options, 'id', 'name') || (form == 'stream' ? 'stream' : 'step')).to_s
      end
    end

    # The Steps that a file holds once it has been run.
    module Finding
      class << self
        # @param space [Module] what the file was loaded into
        # @param definitions [Array<StepDefinition>] made while it was run
        # @param file [String] relative to the root
        # @return [Array<Found>]
        # @raise [TypeError] its `config` is nothing a config can be
        def steps(space, definitions, file)
          found = [by_config(space), *definitions.map { |definition| by_definition(definition) }].compact
          name_entries(found, file)
        end

        # The definitions in a stream file, its `config` first; each has the form `stream`.
        #
        # @param streams [Array<Stream>] made while the file was run
        # @raise [TypeError] its `config` is nothing a config can be
        def streams(space, streams, file)
          config = config_of(space)
          config = config.config if config.is_a?(Stream)
          raise TypeError, "config is a Hash, not #{config.class}" unless config.nil? || config.is_a?(Hash)

          options = config && Record.of(config)
          # `Stream.new(config)` beside it is the same one: a method gives another Hash each time.
          others = streams.map(&:config).uniq(&:object_id).reject { |other| options && other['name'].to_s == options['name'].to_s }
          name_entries([options, *others].compact.map { |each| Found.new(form: 'stream', options: each) }, file)
        end

        private

        def by_config(space)
          config = config_of(space)
          return nil if config.nil?
          raise TypeError, "config is a Hash, not #{config.class}" unless config.is_a?(Hash)

          options = Record.of(config)
          handler = defined_method(space, :handler)
          form = Spelling.option(options, 'triggers') && options['type'].nil? ? 'triggers' : 'type'
          Found.new(form: form, options: options, handler: handler, line: line_of(handler))
        end

        def by_definition(definition)
          Found.new(form: definition.form, options: Record.of(definition.config), handler: definition.handler,
                    line: line_of(definition.handler))
        end

        def config_of(space)
          method = defined_method(space, :config)
          return method.call if method

          space.const_get(:CONFIG, false) if space.const_defined?(:CONFIG, false)
        end

        # A method of the file's own; every module has some that are not.
        def defined_method(space, name)
          return nil unless space.respond_to?(name, true)

          method = space.method(name)
          method unless Module.ancestors.include?(method.owner)
        end

        def line_of(handler)
          handler.source_location&.last if handler.respond_to?(:source_location)
        end

        def name_entries(found, file)
          return found.each { |step| step.entry = file } if found.size == 1

          taken = Hash.new(0)
          found.each do |step|
            number = taken[step.label] += 1
            step.entry = number == 1 ? "#{file}##{step.label}" : "#{file}##{step.label}~#{number}"
          end
        end
      end
    end
  end
end
