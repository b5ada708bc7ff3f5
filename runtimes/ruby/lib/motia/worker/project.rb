# frozen_string_literal: true

module Motia
  module Worker
    # The project's files, and what of Ruby's is set up for them.
    class Project
      DEPENDENCIES = %r{(?:\A|/)(?:vendor/bundle|vendor/cache|node_modules|\.[^/]+)/}.freeze

      attr_reader :root

      def initialize(root)
        @root = File.expand_path(root)
        @roots = [@root, real(@root)].uniq.map { |folder| "#{folder}/" }
      end

      # Whether a path is one of the project's own files.
      def own?(path)
        return false if path.nil?

        inside = inside(path)
        !inside.nil? && !DEPENDENCIES.match?(inside) && gem_folders.none? { |folder| path.start_with?(folder) }
      end

      # The path relative to the root.
      def relative(path)
        inside(path) || path
      end

      # The path of a file given relative to the root.
      def path(file)
        File.join(@root, file)
      end

      # Makes the project's gems and folders requirable. Our own library always comes first.
      #
      # @yieldparam message [String] why the bundle cannot be used
      def set_up(library, &warn)
        activate_bundle(&warn) if File.file?(ENV['BUNDLE_GEMFILE'] || File.join(@root, 'Gemfile'))
        $LOAD_PATH.delete(library)
        $LOAD_PATH.unshift(library)
        # Last: no folder of the project stands for a part of Ruby.
        load_folders.each { |folder| $LOAD_PATH.push(folder) unless $LOAD_PATH.include?(folder) }
      end

      # Folders that `require` looks into on behalf of the project.
      def load_folders
        [@root, File.join(@root, 'lib')].select { |folder| File.directory?(folder) }
      end

      private

      # Without a usable bundle every installed gem can still be required.
      def activate_bundle
        ENV['BUNDLE_GEMFILE'] ||= File.join(@root, 'Gemfile')
        require 'bundler'
        Bundler.setup
      rescue LoadError, StandardError => e
        yield "the Gemfile is not used: #{e.message}"
      end

      def inside(path)
        folder = @roots.find { |root| path.start_with?(root) }
        folder && path.delete_prefix(folder)
      end

      def gem_folders
        @gem_folders ||= (defined?(Gem) ? Gem.path : []).map { |folder| "#{folder}/" }
      end

      def real(path)
        File.realpath(path)
      rescue SystemCallError
        path
      end
    end
  end
end
