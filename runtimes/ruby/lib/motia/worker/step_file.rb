# frozen_string_literal: true

require 'motia/failure'
require 'motia/steps'
require 'motia/streams'

module Motia
  module Worker
    # Runs one Step or stream file, in a module of its own: two files may both define `config`, `handler` and constants.
    class StepFile
      attr_reader :path, :source
      # @return [Module] what the file was loaded into; it is `self` at the file's top level and in its methods
      attr_reader :space
      # @return [Array<StepDefinition>] made by the file's top level, not by that of a file it requires
      attr_reader :definitions
      # @return [Array<Stream>] likewise
      attr_reader :streams

      def initialize(path, imports)
        @path = path
        @imports = imports
        @definitions = []
        @streams = []
        @space = make_space
      end

      # @raise [Exception] whatever the file raises
      def run
        @source = File.read(@path, mode: 'r:bom|utf-8')
        StepDefinition.on_new = ->(definition) { @definitions << definition if ours?(caller_locations) }
        Stream.on_new = ->(stream) { @streams << stream if ours?(caller_locations) }
        @imports.watch { StepFile.evaluate(self) }
      ensure
        StepDefinition.on_new = nil
        Stream.on_new = nil
      end

      private

      def make_space
        path = @path
        imports = @imports
        Module.new.tap do |space|
          space.extend(space) # methods can be called as they are defined, also from the file's own top level
          space.define_singleton_method(:require_relative) do |feature|
            needed = File.expand_path(feature.to_s, File.dirname(path))
            imports.note(path, File.extname(needed) == '.rb' ? needed : "#{needed}.rb")
            require(needed)
          end
        end
      end

      # Whether the nearest top level on the stack is that of this file.
      def ours?(frames)
        nearest = frames.find { |frame| frame.path == @path || frame.label == '<top (required)>' }
        !nearest.nil? && nearest.path == @path
      end
    end

    # Why a file could not be loaded, and where in the project.
    module LoadFailure
      SYNTAX = /\A(?<file>.+?):(?<line>\d+): (?<message>.*)\z/m.freeze

      # `LoadError` of the protocol.
      def self.describe(error, project)
        described = Failure.describe(error).slice('name', 'message', 'stack')
        place = error.is_a?(SyntaxError) ? syntax(error, project) : nil
        described.merge(place || frame(error, project) || {})
      end

      def self.syntax(error, project)
        found = SYNTAX.match(error.message)
        return nil unless found && project.own?(found[:file])

        { 'message' => found[:message].strip, 'file' => project.relative(found[:file]), 'line' => found[:line].to_i }
      end
      private_class_method :syntax

      def self.frame(error, project)
        frame = (error.backtrace_locations || []).find do |location|
          project.own?(location.absolute_path || location.path) && !Failure.ours?(location.path)
        end
        frame && { 'file' => project.relative(frame.absolute_path || frame.path), 'line' => frame.lineno }
      end
      private_class_method :frame
    end
  end
end

require 'motia/worker/evaluation'
