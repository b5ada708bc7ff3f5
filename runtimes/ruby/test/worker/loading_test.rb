# frozen_string_literal: true

require 'support/fake_core'

class LoadingTest < Minitest::Test
  def loaded(files, **options)
    FakeCore.open(files, **options) { |core| yield core, core.loaded.to_h { |answer| [answer['file'], answer] } }
  end

  def test_two_files_may_define_the_same_names
    step = lambda do |name|
      <<~RUBY
        VALUE = '#{name}'
        class Item
          def name = VALUE
        end
        def helper = Item.new.name
        def config = { type: 'event', name: VALUE, subscribes: ['topic'] }
        def handler(_input) = [helper, __FILE__, __dir__, self.class.name]
      RUBY
    end
    FakeCore.open({ 'steps/a_step.rb' => step['a'], 'steps/b_step.rb' => step['b'] }) do |core|
      assert_equal %w[a b], core.found.map { |found| found['config']['name'] }
      assert_equal ['a', "#{core.root}/steps/a_step.rb", "#{core.root}/steps", 'Module'], core.run('steps/a_step.rb').json
      assert_equal 'b', core.run('steps/b_step.rb').json.first
    end
  end

  def test_a_step_does_not_see_our_constants
    source = "CONFIG = { type: 'event', subscribes: ['t'] }\ndef handler(_i) = [defined?(Logger), defined?(Record), defined?(Worker), Module.nesting.size]\n"
    FakeCore.open({ 'steps/a_step.rb' => source }) do |core|
      assert_equal [nil, nil, nil, 1], core.run('steps/a_step.rb').json
    end
  end

  def test_top_level_variables_and_methods_are_those_of_handlers
    source = <<~RUBY
      # frozen_string_literal: true
      def make = +'made'
      @client = make
      private
      def config = { 'type' => 'event', 'subscribes' => ['topic'] }
      def handler(_input) = [@client, 'x'.frozen?]
      return
      raise 'not reached'
    RUBY
    FakeCore.open({ 'steps/a_step.rb' => source }) do |core|
      assert_equal ['made', true], core.run('steps/a_step.rb').json
    end
  end

  def test_imports_are_found_however_they_are_written
    files = {
      'lib/one.rb' => "require_relative 'two'\n",
      'lib/two.rb' => '', 'lib/three.rb' => '', 'lib/four.rb' => '', 'lib/five.rb' => '', 'outside.rb' => '',
      'steps/first_step.rb' => "require_relative '../lib/one'\nCONFIG = { type: 'noop' }\n",
      'steps/second_step.rb' => "%w[one three].each { |name| require_relative \"../lib/\#{name}\" }\nCONFIG = { type: 'noop' }\n",
      'steps/third_step.rb' => <<~RUBY
        require 'four'
        # require 'outside'
        CONFIG = { type: 'noop' }
        def later
          require_relative '../lib/five'
        end
      RUBY
    }
    loaded(files) do |_, answers|
      assert_equal %w[lib/one.rb lib/two.rb], answers['steps/first_step.rb']['imports']
      assert_equal %w[lib/one.rb lib/three.rb lib/two.rb], answers['steps/second_step.rb']['imports']
      assert_equal %w[lib/five.rb lib/four.rb], answers['steps/third_step.rb']['imports']
    end
  end

  def test_a_step_that_a_helper_defines_while_it_is_required_is_not_of_this_file
    files = {
      'lib/factory.rb' => "Motia.event(id: 'foreign') { nil }\nmodule Factory\n  def self.make(id) = Motia.event(id: id) { |n| n }\nend\n",
      'steps/made_step.rb' => "require_relative '../lib/factory'\nFactory.make('mine')\n"
    }
    loaded(files) do |core, answers|
      assert_equal(['mine'], answers['steps/made_step.rb']['found'].map { |found| found['config']['id'] })
      assert_equal 4, core.run('steps/made_step.rb', 4).json
    end
  end

  def test_errors_name_their_place
    files = {
      'lib/broken.rb' => "x = 1\ndef (\n",
      'steps/helper_step.rb' => "require_relative '../lib/broken'\n",
      'steps/missing_step.rb' => "\nrequire 'no/such/library'\n",
      'steps/exit_step.rb' => "abort\n",
      'steps/throw_step.rb' => "throw :up\n",
      'steps/config_step.rb' => "def config = 3\n",
      'steps/many_step.rb' => "def config = { type: 'event', subscribes: ['t'] }\ndef handler(a, b, c) = a\n",
      'steps/fine_step.rb' => "CONFIG = { type: 'noop' }\n"
    }
    loaded(files) do |_, answers|
      errors = answers.to_h { |file, answer| [file[%r{/(\w+)_step}, 1], answer['error']] }
      assert_equal ['SyntaxError', 'lib/broken.rb', 2], errors['helper'].values_at('name', 'file', 'line')
      assert_equal ['LoadError', 'steps/missing_step.rb', 2], errors['missing'].values_at('name', 'file', 'line')
      assert_equal 'SystemExit', errors['exit']['name']
      assert_equal 'UncaughtThrowError', errors['throw']['name']
      assert_match(/config is a Hash, not Integer/, errors['config']['message'])
      assert_match(/requires 3 arguments/, errors['many']['message'])
      assert_nil errors['fine']
    end
  end

  def test_what_the_core_gets_to_know
    source = <<~RUBY
      def check(input, ctx) = true
      def config
        { type: :api, id: 'n', path: '/', schema: { body: { id: String }, query: { type: 'object' } },
          responseSchema: { 200 => { ok: :boolean }, 404 => { why: Object.new } },
          condition: method(:check), middleware: [->(req, ctx, nxt) { nxt.call }], limit: 1.5 }
      end

      def handler(input, page: 1) = input
    RUBY
    loaded({ 'steps/n_step.rb' => source }) do |core, _|
      found = core.found.first
      config = found['config']
      assert_equal ['type', ['page'], 8, 1], [found['form'], found['handler']['names'], found['line'], found['handler']['params']]
      assert_equal 'api', config['type']
      assert config['schema']['body']['live']
      assert_equal({ 'type' => 'object' }, config['schema']['query'])
      assert config['responseSchema']['200']['live']
      assert_equal({ '$motia' => 'schema', 'live' => false, 'json' => nil }, config['responseSchema']['404'])
      assert_equal({ '$motia' => 'function', 'name' => 'check' }, config['condition'])
      assert_equal 'lambda', config['middleware'].first['name']
    end
  end

  def test_steps_of_one_name_have_entries_of_their_own
    source = "Motia.event(id: 'a') { 1 }\nMotia.cron('a', id: 'a', schedule: '@daily') { 2 }\nCONFIG = { type: 'noop', name: 'c' }\n"
    loaded({ 'steps/m_step.rb' => source }) do |core, _|
      assert_equal(%w[steps/m_step.rb#c steps/m_step.rb#a steps/m_step.rb#a~2], core.found.map { |found| found['entry'] })
    end
  end

  def test_a_gemfile_that_cannot_be_used_is_a_warning
    files = { 'Gemfile' => "source 'https://rubygems.org'\ngem 'no-such-gem-anywhere'\n", 'steps/a_step.rb' => "require 'motia'\nCONFIG = { type: 'noop' }\n" }
    loaded(files, env: { 'RUBYOPT' => '' }) do |core, answers|
      assert_nil answers['steps/a_step.rb']['error']
      assert_match(/Gemfile is not used/, core.expect('log')['msg'])
    end
  end

  def test_our_library_is_motia_also_with_a_bundle_and_a_folder_of_that_name
    files = {
      'Gemfile' => "source 'https://rubygems.org'\n", 'motia.rb' => "raise 'not ours'\n", 'motia/x.rb' => "X_OF_THE_PROJECT = 1\n",
      'steps/a_step.rb' => "require 'motia'\nrequire 'motia/x'\nCONFIG = { type: 'noop', name: X_OF_THE_PROJECT.to_s + Motia::VERSION[0] }\n"
    }
    loaded(files, env: { 'RUBYOPT' => '' }) do |_, answers|
      assert_nil answers['steps/a_step.rb']['error']
      assert_equal '10', answers['steps/a_step.rb']['found'].first['config']['name']
    end
  end
end
