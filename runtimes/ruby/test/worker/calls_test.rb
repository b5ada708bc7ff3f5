# frozen_string_literal: true

require 'support/fake_core'

class CallsTest < Minitest::Test
  def event(handler, config = '')
    { 'steps/a_step.rb' => "def config = { type: 'event', subscribes: ['topic']#{config} }\n#{handler}\n" }
  end

  def on(handler, config = '', **options)
    FakeCore.open(event(handler, config), **options) { |core| yield core }
  end

  def run_once(handler, body = {}, **header)
    on(handler) { |core| core.run('steps/a_step.rb', body, **header) }
  end

  def test_a_block_binds_by_arity_and_by_name
    source = <<~RUBY
      Motia.event(id: 'sole') { |_ctx| _ctx.trace_id }
      Motia.event(id: 'numbered') { _1[:n] }
      Motia.event(id: 'both') { |input, id:, n: 7, **more| [input.id, id, n, more] }
      Motia.event(id: 'rest') { |*all| all.size }
      Motia.event(id: 'lambda', &->(input, ctx) { [input.id, ctx.attempt] })
      Motia.event(id: 'early') { |input| return 'early' if input; 'late' }
      Motia.cron(id: 'tick', schedule: '@daily') { |anything| anything.trace_id }
    RUBY
    FakeCore.open({ 'steps/m_step.rb' => source }) do |core|
      input = { 'id' => 'a', 'x' => 1 }
      run = ->(id, **header) { core.run("steps/m_step.rb##{id}", input, **header).json }
      assert_equal 'trace', run['sole']
      assert_nil core.run('steps/m_step.rb#numbered', { 'n' => nil }).body[0]
      assert_equal ['a', 'a', 7, { 'x' => 1 }], run['both']
      assert_equal 1, run['rest']
      assert_equal ['a', 1], run['lambda']
      assert_equal 'early', run['early']
      assert_equal 'trace', run['tick', kind: 'cron']
    end
  end

  def test_what_ends_a_program_fails_a_call
    handler = <<~RUBY
      class Broken < StandardError
        def message = raise('no message')
      end
      def handler(input)
        case input
        when 'exit' then exit 3
        when 'abort' then abort
        when 'interrupt' then raise Interrupt
        when 'throw' then throw :up
        when 'deep' then handler(input)
        when 'kill' then Thread.current.kill
        when 'broken' then raise Broken
        when 'cause'
          begin
            Integer('x')
          rescue ArgumentError
            raise 'outer'
          end
        else input
        end
      end
    RUBY
    on(handler) do |core|
      failed = ->(word) { core.run('steps/a_step.rb', word).header.fetch('error') }
      assert_equal %w[SystemExit SystemExit Interrupt UncaughtThrowError SystemStackError ThreadError Broken],
                   (%w[exit abort interrupt throw deep kill broken].map { |word| failed[word]['name'] })
      assert_equal 'ArgumentError', failed['cause']['cause']['name']
      assert_equal 'alive', core.run('steps/a_step.rb', 'alive').json
    end
  end

  def test_a_background_thread_that_exits_does_not_end_the_worker
    on("def handler(input)\n  stray = Thread.new { exit 3 }\n  Thread.pass while stray.alive?\n  'alive'\nend") do |core|
      2.times { assert_equal 'alive', core.run('steps/a_step.rb').json }
    end
  end

  def test_calls_beyond_the_pool_wait
    on("GATE = Queue.new\ndef handler(input, ctx)\n  ctx.logger.info(input.to_s)\n  GATE.pop unless input == 'open'\n  input\nend\n" \
       "Motia.event(id: 'open') { 70.times { GATE << 1 } }") do |core|
      ids = (1..64).map { |n| core.call('steps/a_step.rb#step', n) }
      64.times { core.expect('log') }
      waiting = core.call('steps/a_step.rb#step', 65)
      core.say('cancel', 'id' => waiting, 'reason' => 'timeout')
      opening = core.call('steps/a_step.rb#open', {})
      core.say('cancel', 'id' => ids.first, 'reason' => 'timeout') # frees a thread for the others
      assert_equal 'failed', core.answer(ids.first)['t']
      assert_equal 'cancelled', core.answer(waiting)['reason']
      assert_equal 'done', core.answer(opening)['t']
      ids.drop(1).each { |id| assert_equal 'done', core.answer(id)['t'] }
    end
  end

  def test_a_late_interruption_does_not_hit_the_next_call
    on("def handler(input, ctx)\n  return input unless input == 'spin'\n  ctx.logger.info('spin')\n  Thread.pass until ctx.cancelled?\n  'spun'\nend") do |core|
      20.times do
        id = core.call('steps/a_step.rb', 'spin')
        core.expect('log')
        core.say('cancel', 'id' => id, 'reason' => 'timeout')
        assert_equal 'spun', core.answer(id).json
        assert_equal 'next', core.run('steps/a_step.rb', 'next').json
      end
    end
  end

  def test_a_timeout_in_a_handler_breaks_no_frame
    handler = <<~RUBY
      require 'timeout'
      def handler(input, ctx)
        30.times do
          Timeout.timeout(0.002) { loop { ctx.logger.info('x' * 10_000) } }
        rescue Timeout::Error
          nil
        end
        'whole'
      end
    RUBY
    assert_equal 'whole', run_once(handler).json
  end

  def test_cancelled_is_no_standard_error
    handler = "def handler(input, ctx)\n  ctx.logger.info('waiting')\n  sleep\nrescue => error\n  'swallowed'\nend"
    on(handler) do |core|
      id = core.call('steps/a_step.rb')
      core.expect('log')
      core.say('cancel', 'id' => id, 'reason' => 'timeout')
      assert_equal %w[failed cancelled Motia::Cancelled], core.answer(id).then { |frame| [frame['t'], frame['reason'], frame['error']['name']] }
    end
  end

  def test_what_any_thread_of_a_handler_prints_belongs_to_it
    handler = <<~RUBY
      require 'logger'
      LOG = Logger.new(STDOUT)
      def handler(input, ctx)
        Thread.new { puts 'in a thread' }.join
        Enumerator.new { |out| puts 'in a fiber'; out << 1 }.next
        LOG.info('by a logger')
        $stderr.puts 'to stderr'
        STDOUT << 'no '
        STDOUT.write('end', ' here')
        warn 'a warning'
        nil
      end
    RUBY
    on(handler) do |core|
      assert_equal 'done', core.answer(id = core.call('steps/a_step.rb')).then { |frame| frame['error'] || frame['t'] }
      shown = core.logs.map { |log| [log['call'] == id, log['source'], log['level'], log['msg']] }
      assert_includes shown, [true, 'stdout', 'info', 'in a thread']
      assert_includes shown, [true, 'stdout', 'info', 'in a fiber']
      assert_includes shown, [true, 'stderr', 'warn', 'to stderr']
      assert_includes shown, [true, 'stderr', 'warn', 'a warning']
      assert_includes shown, [true, 'stdout', 'info', 'no end here']
      assert(shown.any? { |_, _, _, message| message.include?('by a logger') })
    end
  end

  def test_logs_take_anything
    handler = <<~RUBY
      def handler(input, ctx)
        log = ctx.logger
        heard = []
        log.addListener { |level, message, args| heard << [level, message] }
        log.info('odd', value: Object, nan: Float::NAN, deep: { at: Time.at(0).utc, bytes: "\\xff".b })
        log.warning('list', 1, 2, { a: 1 })
        log.fatal(ArgumentError.new('bad'))
        log.log(:debug, 'by name')
        log.info { 'from a block' }
        begin
          raise 'handled'
        rescue RuntimeError
          log.exception('seen')
        end
        heard.size
      end
    RUBY
    on(handler) do |core|
      assert_equal 6, core.run('steps/a_step.rb').json
      odd, list, bad, by_name, block, seen = core.logs
      assert_equal %w[Object NaN], odd['args'].values_at('value', 'nan')
      assert_equal [{ 'a' => 1, 'data' => [1, 2] }, 'warn'], [list['args'], list['level']]
      assert_equal ['error', 'bad', 'ArgumentError'], [bad['level'], bad['msg'], bad['args']['error']['name']]
      assert_equal %w[debug by\ name], [by_name['level'], by_name['msg']]
      assert_equal 'from a block', block['msg']
      assert_equal 'handled', seen['args']['error']['message']
    end
  end

  def test_a_child_process_is_not_the_worker
    handler = <<~RUBY
      def handler(input, ctx)
        child = fork
        return 'twice' if child.nil?

        Process.wait(child)
        with_block = fork do
          Motia.emit('topic', 1)
        rescue Motia::NotConnected
          exit! 5
        end
        Process.wait2(with_block).last.exitstatus
      end
    RUBY
    assert_equal 5, run_once(handler).json
  end

  def test_results_that_are_no_json_are_not_recorded
    done = run_once("def handler(input) = Thread.new { nil }")
    assert_equal ['done', ''], [done['t'], done.body]
  end

  def test_input_that_does_not_fit
    handler = 'def handler(input) = [input, input.data.id]'
    config = ', input: { id: String, n: [Integer, nil] }'
    on(handler, config, bind: { 'steps/a_step.rb' => { 'name' => 'A', 'validation' => 'enforce' } }) do |core|
      assert_equal [{ 'id' => 'a', 'more' => 1 }, 'a'], core.run('steps/a_step.rb', { id: 'a', more: 1 }).json
      failed = core.run('steps/a_step.rb', { n: 'x' })
      assert_equal 'invalid-input', failed['reason']
      assert_equal [%w[id is\ required], ['n', 'must be integer or must be null']],
                   (failed['error']['details'].map { |detail| detail.values_at('path', 'message') })
    end
  end

  def test_numbers_and_text_of_any_size_travel
    on('def handler(input) = input') do |core|
      id = core.call('steps/a_step.rb')
      core.answer(id)
      big = { 'n' => 12_345_678_901_234_567_890, 'text' => 'é' * 1_000_000, 'list' => (1..1000).to_a }
      assert_equal big, core.run('steps/a_step.rb', big).json
    end
  end

  def test_drain_runs_what_the_project_wants_at_its_end
    on("at_exit { File.write('left', 'yes') }\ndef handler(input) = input") do |core|
      core.say('drain')
      assert_equal 0, core.exit_status
      assert_equal 'yes', File.read(File.join(core.root, 'left'))
    end
  end

  def test_over_tcp_with_a_secret
    FakeCore.open(event("def handler(input) = ENV.keys.grep(/MOTIA_WORKER/)"), over: :tcp) do |core|
      assert_equal [], core.run('steps/a_step.rb').json
    end
  end
end
