# frozen_string_literal: true

require 'fileutils'
require 'json'
require 'rbconfig'
require 'socket'
require 'tmpdir'

# Plays the core against a real worker: starts it on some files, sends frames, waits for frames.
#
# Nothing here sleeps: a test waits for what the worker says, and fails when it says something else for too long.
class FakeCore
  WORKER = File.expand_path('../../exe/motia-worker', __dir__)
  PATIENCE = 20

  # What the worker said.
  Frame = Struct.new(:header, :body) do
    def [](key)
      header[key]
    end

    def json
      JSON.parse(body)
    end
  end

  # Yields a core whose worker has loaded the files and got its bindings.
  #
  # @param files [Hash{String => String}] path → source; those in `steps/` are loaded
  # @param bind [Hash] changes to the bindings, by entry
  def self.open(files = {}, bind: {}, load: true, env: {}, over: :fd)
    Dir.mktmpdir do |folder|
      core = new(folder, files, env, over)
      core.load_steps(bind) if load
      yield core
    ensure
      core&.stop
    end
  end

  attr_reader :loaded, :root, :pid

  def initialize(folder, files, env, over)
    @root = File.realpath(folder)
    @files = files
    write_files
    @number = 0
    @seen = []
    over == :tcp ? start_over_tcp(env) : start(env)
  end

  def load_steps(bind = {})
    expect('hello')
    say('load', 'files' => @files.keys.grep(%r{\Asteps/}))
    @loaded = []
    until (frame = receive)['t'] == 'ready'
      @loaded << frame.header if frame['t'] == 'loaded'
      @seen << frame if frame['t'] == 'log'
    end
    entries = found.to_h { |step| [step['entry'], { 'name' => step['entry'], 'flows' => [], 'maxAttempts' => 3, 'emits' => nil }] }
    bind.each { |entry, given| entries[entry] = entries.fetch(entry).merge(given) }
    say('bind', 'entries' => entries)
  end

  # All that was found in all files.
  def found
    @loaded.flat_map { |answer| answer['found'] }
  end

  def say(type, header = {}, body = '')
    text = JSON.generate({ 't' => type, **header })
    @socket.write([text.bytesize, body.bytesize].pack('NN'), text, body)
  end

  # Begins a call and gives its number.
  def call(entry, body = nil, **header)
    header = { kind: 'event', trigger: 0, traceId: 'trace', spanId: 'span', attempt: 1, topic: 'topic', **header }
    if header[:kind] == 'http' || header[:as] == 'http'
      kind = body.nil? ? 'none' : 'json'
      header = { method: 'GET', path: '/', url: '/', pathParams: {}, queryParams: {}, headers: {}, ip: '::1', bodyKind: kind,
                 **header }
    end
    body = JSON.generate(body) unless body.nil? || header[:bodyKind] == 'bytes' || header[:bodyKind] == 'text'
    say('call', { 'id' => @number += 1, 'entry' => entry, **header }, body.to_s)
    @number
  end

  # The answer to a call that is begun and finished here.
  def run(entry, body = nil, **header)
    answer(call(entry, body, **header))
  end

  def answer(id)
    expect('done', 'failed', 'response') { |frame| frame['id'] == id }
  end

  # The next frame of one of these types; those before it stay to be expected.
  def expect(*types)
    fits = ->(frame) { types.include?(frame['t']) && (!block_given? || yield(frame)) }
    index = @seen.index(&fits)
    return @seen.delete_at(index) if index

    until fits.call(frame = receive)
      @seen << frame
    end
    frame
  end

  # Answers the next question of the worker, and gives it.
  def answer_ask(operation, body = nil, **header)
    ask = expect('ask', 'done', 'failed')
    raise "expected #{operation}, got #{ask.header}" unless ask['op'] == operation

    say('answer', { 'id' => ask['id'], **header }, body.nil? ? '' : JSON.generate(body))
    ask
  end

  # The log records so far that nobody expected.
  def logs
    @seen.select { |frame| frame['t'] == 'log' }
  end

  def end_socket
    @socket.close
  end

  # The status the worker ends with.
  def exit_status
    @status ||= Process.wait2(@pid).last.exitstatus
  end

  def stop
    @socket.close unless @socket.closed?
    return if @status

    Process.kill('KILL', @pid)
    Process.wait(@pid)
  end

  private

  def write_files
    @files.each do |file, source|
      path = File.join(@root, file)
      FileUtils.mkdir_p(File.dirname(path))
      File.write(path, source)
    end
  end

  def start(env)
    @socket, theirs = UNIXSocket.pair
    spawn_worker({ 'MOTIA_WORKER_SOCKET' => "fd:#{theirs.fileno}", **env }, theirs => theirs)
    theirs.close
  end

  def start_over_tcp(env)
    server = TCPServer.new('127.0.0.1', 0)
    secret = 's' * 32
    where = "tcp:127.0.0.1:#{server.addr[1]}"
    spawn_worker({ 'MOTIA_WORKER_SOCKET' => where, 'MOTIA_WORKER_SECRET' => secret, **env }, {})
    @socket = server.accept
    raise 'wrong secret' unless @socket.read(32) == secret
  end

  def spawn_worker(env, options)
    env = { 'MOTIA_PROJECT_ROOT' => @root, 'MOTIA_CACHE_DIR' => File.join(@root, '.cache'), 'RUBYOPT' => '-w', **env }
    @pid = Process.spawn(env, RbConfig.ruby, WORKER, chdir: @root, **options)
  end

  def receive
    raise "nothing was said for #{PATIENCE} s; so far: #{@seen.map(&:header)}" unless @socket.wait_readable(PATIENCE)

    lengths = @socket.read(8) or raise EOFError, 'the worker has ended the connection'
    header, body = lengths.unpack('NN').map { |length| @socket.read(length) }
    Frame.new(JSON.parse(header.force_encoding(Encoding::UTF_8)), body.force_encoding(Encoding::UTF_8))
  end
end
