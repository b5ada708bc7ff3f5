# frozen_string_literal: true

require 'motia'
require 'motia/schema'

class SchemaTest < Minitest::Test
  def schema
    Motia::Schema.of({ id: String, n: Integer, ok: :boolean, tags: [String], note: [String, nil], at: { x: Float } })
  end

  def valid
    { 'id' => 'a', 'n' => 1, 'ok' => true, 'tags' => ['t'], 'at' => { 'x' => 1 }, 'extra' => 1 }
  end

  def issues(value, **options)
    assert_raises(Motia::InvalidInput) { schema.parse(value, **options) }.details.map { |issue| issue.values_at('path', 'message') }
  end

  def test_a_json_schema_is_no_live_schema
    assert_nil Motia::Schema.of({ type: 'object', properties: { id: { type: 'string' } } })
    assert_nil Motia::Schema.of({ type: :object, properties: { id: { type: :string } }, required: [:id] })
    assert_nil Motia::Schema.of(true)
    assert_nil Motia::Schema.of({})
  end

  def test_symbols_alone_make_a_mapping
    assert_equal({ 'type' => 'object', 'properties' => { 'ok' => { 'type' => 'boolean' } }, 'required' => ['ok'] },
                 Motia::Schema.of({ ok: :boolean }).json_schema)
  end

  def test_the_json_schema
    described = schema.json_schema
    assert_equal %w[id n ok tags at], described['required']
    assert_equal({ 'type' => 'array', 'items' => { 'type' => 'string' } }, described['properties']['tags'])
    assert_equal({ 'type' => %w[string null] }, described['properties']['note'])
  end

  def test_what_fits_is_kept_with_further_fields
    assert_equal valid, schema.parse(valid)
    assert_equal valid.merge('note' => nil), schema.parse(valid.merge('note' => nil))
  end

  def test_what_does_not_fit_is_named
    assert_equal [['id', 'must be string'], ['n', 'must be integer'], ['ok', 'must be boolean'], ['tags.1', 'must be string'],
                  ['note', 'must be string or must be null'], ['at.x', 'is required']],
                 issues({ 'id' => 1, 'n' => 1.5, 'ok' => 1, 'tags' => ['a', 2], 'note' => 3, 'at' => {} })
  end

  def test_a_whole_float_is_an_integer_and_a_boolean_is_no_number
    assert schema.parse(valid.merge('n' => 2.0))
    assert_equal [['n', 'must be integer']], issues(valid.merge('n' => true))
  end

  def test_texts_of_a_query_are_converted
    query = Motia::Schema.of({ page: Integer, ok: :boolean, tags: [String], ratio: Float })
    assert_equal({ 'page' => 2, 'ok' => true, 'tags' => ['a'], 'ratio' => 1.5 },
                 query.parse({ 'page' => '2', 'ok' => 'true', 'tags' => 'a', 'ratio' => '1.5' }, texts: true))
  end

  def test_times
    moment = Motia::Schema.of({ at: Time })
    assert_equal Time.utc(2024), moment.parse({ 'at' => '2024-01-01T00:00:00Z' })['at']
    assert_raises(Motia::InvalidInput) { moment.parse({ 'at' => 'soon' }) }
  end

  def test_what_is_no_type_is_an_error
    assert_raises(TypeError) { Motia::Schema.of({ id: String, who: Thread }) }
  end
end
