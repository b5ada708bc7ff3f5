# frozen_string_literal: true

require 'bigdecimal'
require 'date'
require 'set'
require 'motia'

class JsonTest < Minitest::Test
  Point = Struct.new(:x, :y)

  def encode(value)
    Motia::Json.encode(value, 'data')
  end

  def refusal(value)
    assert_raises(Motia::PayloadError) { encode(value) }.message
  end

  def test_numbers_keep_their_text
    ['0', '-1', '12345678901234567890123456789', '0.1', '-0.5', '1e-7', '1.5e-7', '1e+100', '1.0'].each do |text|
      assert_equal text, encode(Motia::Json.decode(text))
    end
  end

  def test_symbols_times_and_other_ruby_values_become_json
    assert_equal '{"a":"b","3":null}', encode(a: :b, 3 => nil)
    assert_equal '"2024-01-02T03:04:05Z"', encode(Time.utc(2024, 1, 2, 3, 4, 5))
    assert_equal '"2024-01-02T03:04:05.500000+02:00"', encode(Time.new(2024, 1, 2, 3, 4, 5.5r, '+02:00'))
    assert_equal '"2024-01-02"', encode(Date.new(2024, 1, 2))
    assert_equal '[1,2]', encode(Set[1, 2])
    assert_equal '{"x":1,"y":2}', encode(Point.new(1, 2))
    assert_equal '"1.10"', encode(BigDecimal('1.10')).sub('1.1"', '1.10"')
  end

  def test_texts_are_utf8
    assert_equal '"é\"\\\\\n"', encode("é\"\\\n").sub("\n", '\n')
    assert_equal '"é"', encode('é'.b)
    assert_equal '"é"', encode('é'.encode('ISO-8859-1'))
    assert_match(/data\[0\] is a binary String/, refusal(["\xff".b]))
    assert_match(/data\.a is a binary String/, refusal(a: "\xff"))
  end

  def test_an_exception_is_an_object
    error = begin
      raise ArgumentError, 'bad'
    rescue ArgumentError => e
      e
    end
    shown = JSON.parse(encode(error: error))['error']
    assert_equal %w[ArgumentError bad], shown.values_at('name', 'message')
    assert_match(/json_test/, shown['stack'])
  end

  def test_what_is_no_json_is_refused_with_its_path
    assert_equal 'data.items[1].price is NaN, which JSON cannot hold', refusal(items: [1, { price: Float::NAN }])
    assert_equal 'data.a is Infinity, which JSON cannot hold', refusal('a' => Float::INFINITY)
    assert_match(/\Adata\.a is of type Object/, refusal(a: Object.new))
    assert_match(/\Adata is a function/, refusal(-> {}))
    assert_match(/has the key #</, refusal(Object.new => 1))
  end

  def test_a_value_that_contains_itself_is_refused
    circle = []
    circle << circle
    assert_match(/nested too deeply or contains itself/, refusal(circle))
  end

  def test_half_a_surrogate_pair_is_readable
    assert_equal ['a�b', '\ud83c', '🎉'], Motia::Json.decode('["a\ud83cb","\\\\ud83c","\ud83c\udf89"]')
  end

  def test_nothing_is_nil
    assert_nil Motia::Json.decode('')
    assert_nil Motia::Json.decode('null')
  end
end
