# frozen_string_literal: true

require 'support/fake_core'

# Stream files in the forms that only Ruby has, and hooks as Ruby's functions are written.
class StreamsTest < Minitest::Test
  def load_streams(files)
    FakeCore.open(files, load: false) do |core|
      core.expect('hello')
      core.say('load', 'files' => files.keys, 'streams' => files.keys)
      yield core, files.keys.map { core.expect('loaded') }
    end
  end

  def hook(core, name, entry, body, **more)
    core.run(entry, body, kind: 'hook', hook: name, **more)
  end

  def watching(**more)
    { subscription: { streamName: 's', groupId: 'g' }, authContext: more }
  end

  def test_str_6_each_form_of_a_definition_ruby
    files = {
      'streams/strings_stream.rb' => "def config = { 'name' => 'strings', 'schema' => { text: String } }",
      'streams/constant_stream.rb' => 'CONFIG = { name: :constant }.freeze',
      'streams/method_stream.rb' => "def config = Motia::Stream.new(name: 'method')",
      'streams/same_stream.rb' => "def config = { name: 'same' }\nSAME = Motia::Stream.new(config)",
      'streams/twice_stream.rb' => "A = Motia::Stream.new(name: 'a')\nB = Motia::Stream.new('name' => 'b')",
      'streams/by_name_stream.rb' => "CHAT = Motia::Stream.new('chat')",
      'streams/odd_stream.rb' => 'def config = 3'
    }
    load_streams(files) do |_core, loaded|
      names = loaded.map { |answer| answer['found'].map { |stream| [stream['entry'].delete_prefix('streams/'), stream['config']['name']] } }
      assert_equal [[['strings_stream.rb', 'strings']], [['constant_stream.rb', 'constant']], [['method_stream.rb', 'method']],
                    [['same_stream.rb', 'same']], [['twice_stream.rb#a', 'a'], ['twice_stream.rb#b', 'b']], [], []], names
      schema = loaded.first['found'].first['config']['schema']
      assert_equal ['schema', true, 'string'], [*schema.values_at('$motia', 'live'), schema['json']['properties']['text']['type']]
      assert_equal 'config is a Hash, not Integer', loaded.last['error']['message']
    end
  end

  def test_a_stream_that_another_file_makes_is_no_definition_of_this_one
    files = { 'streams/own_stream.rb' => "require_relative '../rooms'\ndef config = { name: 'own' }" }
    FakeCore.open({ **files, 'rooms.rb' => "ROOMS = Motia::Stream.new(name: 'rooms')" }, load: false) do |core|
      core.expect('hello')
      core.say('load', 'files' => files.keys, 'streams' => files.keys)
      loaded = core.expect('loaded')
      assert_equal(['own'], loaded['found'].map { |stream| stream['config']['name'] })
      assert_equal ['rooms.rb'], loaded['imports']
    end
  end

  def test_str_4_str_5_functions_of_every_kind_ruby
    source = <<~RUBY
      def allowed(subscription) = subscription.group_id == 'g'
      def config = { name: 's', can_access: method(:allowed), on_join: proc { |_, ctx| ctx.logger.info(ctx.step_name) } }
    RUBY
    load_streams('streams/s_stream.rb' => source) do |core, _|
      assert_equal({ 'allowed' => true }, hook(core, 'stream.access', 'streams/s_stream.rb', watching).json)
      assert_equal('s', core.expect('log')['msg'])
      assert_equal 'no-handler', hook(core, 'request', 'streams/s_stream.rb', {})['reason']
      assert_equal 'no-handler', hook(core, 'authenticate', nil, {})['reason']
    end
  end

  def test_str_33_an_exit_is_no_permission_ruby
    load_streams('streams/s_stream.rb' => "def config = { name: 's', can_access: ->(*) { exit } }") do |core, _|
      assert_equal 'handler', hook(core, 'stream.access', 'streams/s_stream.rb', watching)['reason']
    end
  end

  def test_str_3_a_storage_may_be_a_class_or_an_object_ruby
    kept = <<~RUBY
      class Kept
        def get(_group, id) = { id: id }
        def set(_group, _id, data) = data
        def delete(_group, _id) = nil
        def list(_group) = []
      end
    RUBY
    files = {
      'streams/class_stream.rb' => "#{kept}def config = { name: 'c', base_config: { storage_type: 'custom', factory: Kept } }",
      'streams/object_stream.rb' => "#{kept}def config = { name: 'o', baseConfig: { storageType: 'custom', factory: Kept.new } }"
    }
    load_streams(files) do |core, loaded|
      configs = loaded.map { |answer| answer['found'].first['config'] }
      assert_equal({ '$motia' => 'function', 'name' => 'lambda' }, configs.first['base_config']['factory'])
      assert_equal({ '$motia' => 'function', 'name' => 'lambda' }, configs.last['baseConfig']['factory'])
      files.each_key do |entry|
        assert_equal({ 'id' => 'i' }, hook(core, 'stream.storage', entry, { groupId: 'g', id: 'i' }, op: 'get').json)
        assert_equal([], hook(core, 'stream.storage', entry, { groupId: 'g' }, op: 'list').json)
        assert_empty hook(core, 'stream.storage', entry, { groupId: 'g', event: { type: 't' } }, op: 'send').body
        unknown = hook(core, 'stream.storage', entry, { groupId: 'g' }, op: 'burn')
        assert_equal "there is no storage operation 'burn'", unknown['error']['message']
      end
    end
  end

  def test_hnd_12_keywords_are_found_in_either_spelling_ruby
    source = <<~RUBY
      def config = { triggers: [Motia.stream('chat')] }
      def handler(stream_name:, id:, event:) = [stream_name, id, event.type]
    RUBY
    FakeCore.open({ 'steps/s_step.rb' => source }) do |core|
      change = { type: 'stream', streamName: 'chat', groupId: 'g', id: 'i', event: { type: 'create', data: {} } }
      assert_equal %w[chat i create], core.run('steps/s_step.rb', change, kind: 'stream').json
    end
  end
end
