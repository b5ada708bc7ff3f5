# frozen_string_literal: true

require 'support/fake_core'

class ContextTest < Minitest::Test
  STEP = 'steps/a_step.rb'

  def on(handler, config: "{ type: 'event', subscribes: ['topic'] }", **options)
    FakeCore.open({ STEP => "def config = #{config}\n#{handler}\n" }, **options) { |core| yield core, core.call(STEP, {}) }
  end

  def test_state_by_keywords
    handler = <<~RUBY
      def handler(input, ctx)
        s = ctx.state
        [s.get(group: 'g', key: 'k'), s.set(scope: 'g', key: 1, value: nil), s.has(:k), s.set('g', :q, text: 'hi'),
         s.increment(key: 'n', by: 2.5), s.increment('n', 3), s.increment('g', 'n'), s.get_group, s.keys(group_id: 'g'), s.list('g')]
      end
    RUBY
    on(handler) do |core, id|
      place = ->(ask) { ask.header.values_at('group', 'key') }
      assert_equal %w[g k], place[core.answer_ask('state.get', 1, found: true)]
      set = core.answer_ask('state.set', found: false)
      assert_equal [%w[g 1], 'null'], [place[set], set.body]
      assert_equal %w[default k], place[core.answer_ask('state.has', found: true)]
      assert_equal '{"text":"hi"}', core.answer_ask('state.set').body
      assert_equal 2.5, core.answer_ask('state.increment', 2.5)['by']
      assert_equal [3, 'default', 'n'], core.answer_ask('state.increment', 3).header.values_at('by', 'group', 'key')
      assert_equal [1, 'g', 'n'], core.answer_ask('state.increment', 4).header.values_at('by', 'group', 'key')
      assert_equal ['default', nil], place[core.answer_ask('state.list', [])]
      core.answer_ask('state.keys', ['a'])
      core.answer_ask('state.list', [{ a: 1 }])
      assert_equal [1, nil, true, { 'text' => 'hi' }, 2.5, 3, 4, [], ['a'], [{ 'a' => 1 }]], core.answer(id).json
    end
  end

  def test_wrong_state_calls_name_the_argument
    handler = <<~RUBY
      def handler(input, ctx)
        [-> { ctx.state.get }, -> { ctx.state.get('g', '') }, -> { ctx.state.get('g', 'k', 'x') }, -> { ctx.state.set('k') },
         -> { ctx.state.get(true, 'k') }, -> { ctx.state.get('k', where: 'g') }, -> { ctx.state.increment('k', by: '1') },
         -> { ctx.state.set('k', Float::NAN) }].map { |wrong| wrong.call rescue $!.message }
      end
    RUBY
    on(handler) do |core, id|
      get, empty, many, set, group, unknown, by, nan = core.answer(id).json
      assert_match(/\(group, key\) or \(key\)/, get)
      assert_match(/'key' is a non-empty text, not empty/, empty)
      assert_match(/\(group, key\) or \(key\)/, many)
      assert_match(/\(key, value\)/, set)
      assert_match(/'group' is a non-empty text, not true/, group)
      assert_match(/does not know 'where'/, unknown)
      assert_match(/'by' is a number/, by)
      assert_match(/value is NaN/, nan)
    end
  end

  def test_every_form_of_emit
    handler = <<~RUBY
      def handler(input, ctx)
        ctx.emit('a', id: 1)
        ctx.emit('b', delay: '2s')
        ctx.emit({ 'type' => 'c', 'data' => [1] })
        ctx.emit('d', { delay: 1 })
        Motia.enqueue(topic: 'e', at: Time.at(1))
        ctx.emit({ topic: 'f', ttl: '2m', idempotency_key: 7, idempotencyScope: 'run', idempotency_ttl: '30d' }, dedup_key: :d)
        [-> { ctx.emit(1) }, -> { ctx.emit({ topic: 'x', colour: 1 }) }, -> { ctx.emit('x', 1, 2) }, -> { ctx.emit }]
          .map { |wrong| wrong.call rescue $!.message }
      end
    RUBY
    on(handler) do |core, id|
      sent = -> { core.answer_ask('emit').then { |ask| [ask['events'].first, ask.body] } }
      assert_equal [{ 'topic' => 'a', 'bytes' => 8 }, '{"id":1}'], sent.call
      assert_equal [{ 'topic' => 'b', 'bytes' => 4, 'delay' => 2000 }, 'null'], sent.call
      assert_equal [{ 'topic' => 'c', 'bytes' => 3 }, '[1]'], sent.call
      assert_equal [{ 'topic' => 'd', 'bytes' => 11 }, '{"delay":1}'], sent.call
      assert_equal [{ 'topic' => 'e', 'bytes' => 4, 'at' => 1000 }, 'null'], sent.call
      assert_equal [{ 'topic' => 'f', 'bytes' => 4, 'ttl' => 120_000, 'idempotencyKey' => '7', 'idempotencyScope' => 'run',
                      'idempotencyTtl' => 2_592_000_000, 'dedupKey' => 'd' }, 'null'], sent.call
      not_a_topic, unknown, many, nothing = core.answer(id).json
      assert_match(/not Integer/, not_a_topic)
      assert_match(/does not know 'colour'/, unknown)
      assert_match(/topic and its data/, many)
      assert_match(/needs a 'topic'/, nothing)
    end
  end

  def test_options_that_cannot_be_are_refused_by_name
    handler = <<~RUBY
      def handler(input, ctx)
        [{ delay: -1 }, { delay: Float::NAN }, { at: -1 }, { at: 'soon' }, { ttl: 'long' }, { idempotencyTtl: -1 },
         { dedupKey: 'a', dedup_key: 'b' }].map { |wrong| ctx.emit({ topic: 'x', **wrong }) rescue $!.message }
      end
    RUBY
    on(handler) do |core, id|
      refused = core.answer(id).json
      assert_equal ['delay cannot be -1', 'delay cannot be NaN', 'at cannot be -1'], refused.first(3)
      assert_match(/\Aat is a time/, refused[3])
      assert_match(/\Attl is milliseconds/, refused[4])
      assert_equal 'idempotencyTtl cannot be -1', refused[5]
      assert_match(/'dedupKey' and 'dedup_key'/, refused[6])
    end
  end

  def test_cancel_emit
    handler = <<~RUBY
      def handler(input, ctx)
        counts = [ctx.cancel_emit(topic: 'a', idempotency_key: 7), ctx.cancelEmit({ topic: 'a' }, dedupKey: 'd'),
                  Motia.cancel_emit({ 'topic' => 'b', 'idempotencyKey' => 'k', 'idempotencyScope' => 'run' })]
        [counts, [-> { ctx.cancel_emit }, -> { ctx.cancel_emit(topic: 'a', colour: 1) }].map { |wrong| wrong.call rescue $!.message }]
      end
    RUBY
    on(handler) do |core, id|
      asked = Array.new(3) { core.answer_ask('emit.cancel', cancelled: 2) }
      named = asked.map { |ask| %w[topic idempotencyKey idempotencyScope dedupKey].to_h { |name| [name, ask[name]] }.compact }
      assert_equal [{ 'topic' => 'a', 'idempotencyKey' => '7' }, { 'topic' => 'a', 'dedupKey' => 'd' },
                    { 'topic' => 'b', 'idempotencyKey' => 'k', 'idempotencyScope' => 'run' }], named
      counts, (no_topic, unknown) = core.answer(id).json
      assert_equal [2, 2, 2], counts
      assert_match(/needs a 'topic'/, no_topic)
      assert_match(/does not know 'colour'/, unknown)
    end
  end

  def test_streams
    handler = <<~RUBY
      def handler(input, ctx)
        chat = ctx.streams.chat
        [chat.set('g', 'i', { text: 'a' }), chat.get('i'), chat.getGroup('g'), chat.update('g', 'i', text: 'b').newValue,
         ctx.streams['x-y'].delete, chat.send({ group_id: 'g', id: 'i' }, { type: 'typing', data: 1 }), chat.list_groups,
         Motia::Stream.new(name: 'own').set('i', n: 1), ctx.streams.create(id: 'c', schema: { n: 0 }).update(n: 1)]
      end
    RUBY
    on(handler) do |core, id|
      place = ->(ask) { ask.header.values_at('stream', 'group', 'item') }
      assert_equal %w[chat g i], place[core.answer_ask('stream.set', { old_value: nil, new_value: { text: 'a' } })]
      assert_equal %w[chat default i], place[core.answer_ask('stream.get', nil)]
      core.answer_ask('stream.list', [{ n: 1 }])
      assert_equal '[{"type":"merge","path":"","value":{"text":"b"}}]', core.answer_ask('stream.update', { new_value: { text: 'b' } }).body
      assert_equal %w[x-y default default], place[core.answer_ask('stream.delete', nil)]
      assert_equal ['chat', 'g', 'i', '{"type":"typing","data":1}'], core.answer_ask('stream.send').then { |ask| [*place[ask], ask.body] }
      core.answer_ask('stream.groups', ['g'])
      assert_equal %w[own default i], place[core.answer_ask('stream.set', { old_value: nil, new_value: { n: 1 } })]
      assert_equal %w[default default c], place[core.answer_ask('stream.get', nil)]
      assert_equal '[{"type":"set","path":["n"],"value":1}]', core.answer_ask('stream.update', { new_value: { n: 1 } }).body
      assert_equal [{ 'text' => 'a' }, nil, [{ 'n' => 1 }], { 'text' => 'b' }, nil, nil, ['g'],
                    { 'old_value' => nil, 'new_value' => { 'n' => 1 } }, { 'n' => 1 }], core.answer(id).json
    end
  end

  def test_match_and_guards_in_both_spellings
    handler = <<~RUBY
      def handler(input, ctx)
        ctx => { emit: }
        [ctx.match({ 'event' => ->(data) { data.size } }), ctx.match(default: -> { 'default' }), ctx.event?, ctx.isQueue, ctx.http?,
         ctx.traceId, ctx.getData, emit.respond_to?(:call), (ctx.match(cron: -> { 1 }) rescue $!.message), ctx.respond_to?(:retryCount)]
      end
    RUBY
    on(handler) do |core, id|
      assert_equal [0, 'default', true, true, false, 'trace', {}, true,
                    'No handler matched for trigger type: queue. Available handlers: cron', true], core.answer(id).json
    end
  end

  def test_starting_steps
    on("def handler(input, ctx) = [Motia.trigger('Mail', id: 1).trace_id, (Motia.trigger('') rescue $!.class.name)]") do |core, id|
      ask = core.answer_ask('trigger', deliveryId: 'd', traceId: 't')
      assert_equal ['Mail', '{"id":1}'], [ask['step'], ask.body]
      assert_equal %w[t TypeError], core.answer(id).json
    end
  end

  def test_threads_and_fibers_of_a_handler_ask_for_it_and_later_for_nobody
    handler = <<~RUBY
      GO = Queue.new
      def handler(input, ctx)
        Thread.new { Motia.state_manager.get('thread') }.value
        Fiber.new { Motia.state_manager.get('fiber') }.resume
        Thread.new { GO.pop; ctx.state.get('late') }
        nil
      end
      Motia.event(id: 'go') { GO << 1 }
    RUBY
    FakeCore.open({ STEP => "def config = { type: 'event', subscribes: ['topic'], name: 'a' }\n#{handler}" }) do |core|
      id = core.call("#{STEP}#a", {})
      2.times { assert_equal id, core.answer_ask('state.get', nil)['call'] }
      core.answer(id)
      core.call("#{STEP}#go", {})
      assert_nil core.expect('ask')['call']
    end
  end
end
