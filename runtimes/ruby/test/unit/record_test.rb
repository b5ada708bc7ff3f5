# frozen_string_literal: true

require 'motia'

class RecordTest < Minitest::Test
  def setup
    @record = Motia::Json.decode('{"text":"hi","at":{"x":1},"tags":[{"n":1}],"count":3,"to_str":"no"}')
  end

  def test_keys_are_reached_as_text_symbol_and_method
    assert_equal %w[hi hi hi], [@record['text'], @record[:text], @record.text]
    assert_equal [1, 1, 1], [@record.at.x, @record[:at]['x'], @record.dig(:at, 'x')]
    assert_equal 1, @record.tags.first.n
  end

  def test_names_of_hash_methods_stay_methods
    assert_equal 5, @record.count
    assert_equal 3, @record[:count]
    refute_respond_to @record, :to_str
  end

  def test_a_name_that_is_not_there_says_what_is
    error = assert_raises(NoMethodError) { @record.texte }
    assert_match(/there is no 'texte' here; known: text, at, tags/, error.message)
    assert_nil @record[:texte]
  end

  def test_writing_keeps_keys_text
    @record[:text] = 'a'
    @record.more = 1
    assert_equal 'a', @record['text']
    assert_equal 1, @record['more']
    assert_equal({ 'text' => 'b', 'z' => 1 }, Motia::Record.of(text: 'a').merge(text: 'b', z: 1))
    assert_equal({ 'text' => 'a' }, @record.slice(:text))
    refute @record.except(:text).key?(:text)
    assert_equal 'a', @record.delete(:text)
  end

  def test_pattern_matching
    case @record
    in { text:, at: { x: } } then assert_equal ['hi', 1], [text, x]
    end
  end

  def test_the_data_alias_is_no_key
    payload = Motia::Json.decode_payload('{"id":"a"}')
    assert_equal %w[a a a a a], [payload.data.id, payload[:data][:id], payload['data']['id'], payload.dig(:data, :id),
                                 payload.fetch(:data).id]
    refute payload.key?(:data)
    assert_equal({ 'id' => 'a' }, payload)
    assert_equal '{"id":"a"}', Motia::Json.encode(payload)
    assert_equal 'own', Motia::Json.decode_payload('{"data":"own"}').data
  end

  def test_records_of_ours_have_both_spellings
    pair = Motia::EitherSpelling.of('old_value' => 1, 'traceId' => 2)
    assert_equal [1, 1, 1, 2], [pair.oldValue, pair['oldValue'], pair[:old_value], pair.trace_id]
    assert_equal '{"old_value":1,"traceId":2}', Motia::Json.encode(pair)
  end
end
