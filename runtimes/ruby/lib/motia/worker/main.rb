# frozen_string_literal: true

require 'motia'
require 'motia/worker/asks'
require 'motia/worker/calls'
require 'motia/worker/capture'
require 'motia/worker/connection'
require 'motia/worker/core_socket'
require 'motia/worker/description'
require 'motia/worker/finding'
require 'motia/worker/forks'
require 'motia/worker/imports'
require 'motia/worker/pool'
require 'motia/worker/project'
require 'motia/worker/step_file'
require 'motia/worker/stream_hooks'
require 'motia/worker/threads'

module Motia
  # The worker: connects to the core, loads what it is told to, runs what it is asked to.
  #
  # One thread reads frames and never waits for anything else, so that the end of the socket ends the process whatever
  # runs. The main thread loads files. A pool of threads runs calls.
  module Worker
    PROTOCOL = 1

    # Runs the worker of this process to its end.
    #
    # @param library [String] the folder that holds this gem's files
    def self.run(library)
      # Ctrl+C reaches every process of the terminal; when to stop is the core's decision. Not 'IGNORE': children inherit it.
      trap('INT') { nil }
      Main.new(CoreSocket.open, Project.new(ENV['MOTIA_PROJECT_ROOT'] || Dir.pwd), library).run
    end

    # One worker process.
    class Main
      def initialize(socket, project, library)
        @project = project
        @library = library
        @imports = Imports.new(project)
        @connection = Connection.new(socket)
        @asks = Asks.new(@connection, Thread.current)
        @capture = Capture.new(@asks)
        @work = Queue.new # for the main thread: `load` frames, in the end nothing
        @calls = Calls.new(@connection, Pool.new, surroundings, -> { @work << nil })
      end

      def run
        connect
        Thread.new { read }.name = 'motia-reader'
        @project.set_up(@library) { |message| @asks.log(nil, 'warn', message, nil, 'logger') }
        # A background thread that says `exit` ends itself, not the worker: Ruby raises its SystemExit in this thread, which
        # takes it only while it waits.
        Thread.handle_interrupt(SystemExit => :never, Interrupt => :never) do
          serve
          leave
        end
      end

      private

      def surroundings
        Surroundings.new(connection: @connection, asks: @asks, capture: @capture, replies: Replies.new(@connection))
      end

      def connect
        Link.connect(@asks)
        @capture.install
        ThreadInheritance.install
        Forks.in_child { become_child }
        engine = RUBY_ENGINE == 'ruby' ? 'CRuby' : RUBY_ENGINE
        say('hello', 'protocol' => PROTOCOL, 'language' => 'ruby', 'runtime' => "#{engine} #{RUBY_VERSION}", 'pid' => Process.pid)
      end

      def become_child
        Current.call = nil
        Link.connect(Link::Unconnected)
        @connection.sever
      end

      def say(type, more = {})
        @connection.send_frame(Json.encode({ 't' => type, **more }))
      end

      # Loads files until there is nothing more to do.
      def serve
        while (header = next_work)
          refuse_config(header['config']) if header['config']
          load_files(header.fetch('files'), header['streams'] || [])
        end
      end

      def leave
        @leaving = true
        @connection.close
        Exits.orderly
      end

      def next_work
        Thread.handle_interrupt(SystemExit => :on_blocking, Interrupt => :on_blocking) { @work.pop }
      rescue SystemExit, Interrupt => e
        STDERR.puts("motia worker: a background thread raised #{e.class}; the worker goes on")
        retry
      end

      def refuse_config(file)
        error = { 'name' => 'TypeError', 'message' => 'a project config is not written in Ruby', 'file' => file }
        say('config', 'file' => file, 'values' => {}, 'imports' => [], 'error' => error)
      end

      def load_files(files, streams)
        files.each do |file|
          say('loading', 'file' => file)
          # The file's first line must not run before the core can know of it: the file may never end.
          @connection.flush
          say('loaded', load_file(file, defines_streams: streams.include?(file)))
        end
        say('ready')
      end

      def load_file(file, defines_streams:)
        path = @project.path(file)
        loaded = { 'file' => file, 'found' => [] }
        begin
          @asks.loading = true
          loaded['found'] = defines_streams ? streams_in(path, file) : found_in(path, file)
        rescue Exception => e # rubocop:disable Lint/RescueException -- exit in a file is a failing file
          loaded['error'] = { 'file' => file }.merge(LoadFailure.describe(e, @project))
        ensure
          @asks.loading = false
        end
        loaded.merge('imports' => @imports.needed_by(path))
      end

      def streams_in(path, file)
        source = run_file(path)
        streams = Finding.streams(source.space, source.streams, file)
        described = streams.map { |stream| Description.stream(stream) }
        streams.each { |stream| @calls.add_stream(stream.entry, StreamHooks.new(stream)) }
        described
      end

      def run_file(path)
        StepFile.new(path, @imports).tap(&:run)
      end

      def found_in(path, file)
        source = run_file(path)
        steps = Finding.steps(source.space, source.definitions, file)
        described = steps.map { |step| Description.found(step) }
        steps.map { |step| LoadedStep.new(step) }.each { |step| @calls.add(step) }
        described
      end

      def read
        @connection.each_frame { |header, body| take(header, body) }
        Exits.at_once(Exits::OK) unless @leaving
      rescue MalformedFrame => e
        Exits.at_once(Exits::MALFORMED, e.message)
      end

      def take(header, body)
        case header['t']
        when 'call' then @calls.start(header, body)
        when 'answer' then @asks.answered(header, body)
        when 'credit' then @calls.credit(header.fetch('id'), header.fetch('bytes'))
        when 'cancel' then @calls.cancel(header.fetch('id'))
        when 'bind' then @calls.bind(header.fetch('entries'))
        when 'load' then @work << header
        when 'drain' then @calls.drain
        else raise MalformedFrame, "there is no frame of type '#{header['t']}'"
        end
      rescue KeyError, TypeError, NoMethodError => e
        raise MalformedFrame, "a frame of type '#{header['t']}' lacks or misuses something: #{Failure.message_of(e)}"
      end
    end
  end
end
