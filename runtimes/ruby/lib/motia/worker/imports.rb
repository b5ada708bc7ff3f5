# frozen_string_literal: true

module Motia
  module Worker
    # Which of the project's files need which.
    #
    # What is run for the first time is seen as it is compiled; what is already there is only mentioned, so that the text
    # of each file is looked at too. That also finds what is required later, inside methods.
    class Imports
      MENTION = /^[ \t]*(require_relative|require|load|autoload)\b[ \t(]*(?::\w+[ \t]*,[ \t]*)?(['"])([^'"#]+)\2/.freeze

      def initialize(project)
        @project = project
        @needs = Hash.new { |needs, path| needs[path] = {} }
        @mentions = {}
      end

      # Notes what is compiled while the block runs.
      def watch(&block)
        TracePoint.new(:script_compiled) { |event| compiled(event) }.enable(&block)
      end

      # Notes that one file needs another.
      def note(path, needed)
        @needs[path][needed] = true
      end

      # The project's files that a file needs, directly or not, relative to the root.
      #
      # @param path [String] absolute
      # @return [Array<String>]
      def needed_by(path)
        found = {}
        waiting = [path]
        while (file = waiting.pop)
          [*@needs.fetch(file, {}).keys, *mentions(file)].each do |needed|
            next if found.key?(needed) || needed == path || !@project.own?(needed)

            found[needed] = true
            waiting << needed
          end
        end
        found.keys.map { |file| @project.relative(file) }.uniq.sort
      end

      private

      def compiled(event)
        return if event.eval_script

        path = event.instruction_sequence.absolute_path
        return unless @project.own?(path)

        requirer = caller_locations.find { |frame| frame.path != path && @project.own?(frame.absolute_path || frame.path) }
        note(requirer.absolute_path || requirer.path, path) if requirer
      end

      def mentions(path)
        @mentions[path] ||= File.binread(path).scan(MENTION).filter_map { |call, _, name| mentioned(path, call, name) }
      rescue SystemCallError
        @mentions[path] = []
      end

      def mentioned(path, call, name)
        folders = call == 'require_relative' ? [File.dirname(path)] : @project.load_folders
        name = "#{name}.rb" if File.extname(name) != '.rb'
        folders.map { |folder| File.expand_path(name, folder) }.find { |file| File.file?(file) }
      end
    end
  end
end
