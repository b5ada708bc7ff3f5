# frozen_string_literal: true

require 'motia'

class AuthoringTest < Minitest::Test
  def test_triggers_and_steps
    assert_equal({ 'type' => 'http', 'method' => 'GET', 'path' => '/x' }, Motia.http('GET', '/x'))
    assert_equal({ 'type' => 'http', 'method' => 'GET', 'path' => '/x' }, Motia.http('/x').sort_by { |key, _| %w[type method path].index(key) }.to_h)
    assert_equal({ 'type' => 'queue', 'topic' => 't', 'config' => { type: 'fifo' } }, Motia.queue('t', config: { type: 'fifo' }))
    assert_equal({ 'type' => 'stream', 'streamName' => 's', 'group_id' => 'g' }, Motia.stream('s', group_id: 'g'))
    assert_equal({ 'type' => 'state' }, Motia.state)
    condition = ->(_input) { true }
    assert_same condition, Motia.state(condition)['condition']
    assert_raises(TypeError) { Motia.cron('* * * * *', 'more') }
  end

  def test_a_step_can_be_called_in_a_unit_test
    step = Motia.api(id: 'sum', path: '/') { |req| { sum: req[:a] + req[:b] } }
    assert_equal({ sum: 3 }, step.call({ a: 1, b: 2 }))
    assert_equal 'sum', step.config['id']
    assert_equal 'function', step.form
  end

  def test_return_ends_a_block
    step = Motia.event(id: 'early') do |input|
      return 'early' if input

      'late'
    end
    assert_equal 'early', step.call(true)
  end

  def test_calls_into_the_core_need_a_core
    assert_raises(Motia::NotConnected) { Motia.emit('topic', 1) }
    assert_raises(Motia::NotConnected) { Motia.stateManager.get('k') }
    assert_raises(Motia::NotConnected) { Motia.context }
  end

  def test_a_logger_without_a_core_writes_to_stderr
    _, err = capture_io { Motia.logger.info('hello', n: 1) }
    assert_match(/\[INFO\] hello.*n/, err)
  end

  def test_durations
    assert_equal [5, 300_000, 1500, 7_200_000], [5, '5m', '1.5s', ' 2 h '].map { |text| Motia::Durations.delay_ms(text) }
    [nil, 'soon', -1, Float::NAN].each { |bad| assert_raises(ArgumentError) { Motia::Durations.delay_ms(bad) } }
    assert_equal 1000, Motia::Durations.epoch_ms(Time.at(1))
    assert_equal 1_704_067_200_000, Motia::Durations.epoch_ms('2024-01-01T00:00:00Z')
    assert_raises(ArgumentError) { Motia::Durations.epoch_ms('soon') }
  end

  def test_options_in_two_spellings_must_agree
    assert_equal 1, Motia::Spelling.option({ body_schema: 1 }, 'bodySchema')
    assert_equal 1, Motia::Spelling.option({ 'bodySchema' => 1, body_schema: 1 }, 'bodySchema')
    assert_raises(ArgumentError) { Motia::Spelling.option({ bodySchema: 1, body_schema: 2 }, 'bodySchema') }
  end

  def test_http_errors
    assert_equal [404, { 'error' => 'Not Found' }], Motia::HttpError.new(404).then { |error| [error.status, error.body] }
    assert_equal({ 'error' => 'gone' }, Motia::HttpError.new(410, 'gone').body)
    assert_equal({ code: 1 }, Motia::HttpError.new(409, { code: 1 }).body)
  end
end
