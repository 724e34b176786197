"""Mobile numbers, identity card numbers and plates, in the spellings that people use."""

import time

import pytest
from django.utils import translation

from foundation.personal_numbers import Kind, find, masked, sentence

NUMBER = "13812345678"
# Check digits are right; the people are not.
CARD, CARD_X = "420106198501011233", "42010619900307106X"

MOBILES = [
    "13812345678",
    "138 1234 5678",
    "13812345678x",
    "13812345678×2",
    "138-1234-5678",
    "138.1234.5678",
    "138·1234·5678",
    "138—1234—5678",
    "138 - 1234 - 5678",
    "138_1234_5678",
    "138/1234/5678",
    "138,1234,5678",
    "138，1234，5678",
    "138、1234、5678",
    "(138)1234-5678",
    "（138）12345678",
    "138\u00a01234\u30005678",
    "1381234 5678",
    "138 12345678",
    "1381 2345 678",
    "13812 345678",
    "138 123 45678",
    "13-81-23-45-67-8",
    "1 3 8 1 2 3 4 5 6 7 8",
    "1-3-8-1-2-3-4-5-6-7-8",
    "1、3、8、1、2、3、4、5、6、7、8",
    "1  3  8  1  2  3  4  5  6  7  8",
    "138\n12345678",
    "138\r\n1234\r\n5678",
    "138\n\n1234 5678",
    "1381234\n5678",
    "１３８１２３４５６７８",
    "１３８－１２３４－５６７８",
    "１３８　１２３４　５６７８",
    "138１２３４5678",
    "+8613812345678",
    "+86 138 1234 5678",
    "+86-138-1234-5678",
    "＋８６１３８１２３４５６７８",
    "(+86)13812345678",
    "（+86）138-1234-5678",
    "+86 (138) 1234-5678",
    "008613812345678",
    "0086 138 1234 5678",
    "0086-13812345678",
    "8613812345678",
    "86-138-1234-5678",
    "013812345678",
    "0 138 1234 5678",
    "一三八一二三四五六七八",
    "幺三八幺二三四五六拐八",
    "幺三八 幺二三四 五六七八",
    "壹叁捌壹贰叁肆伍陆柒捌",
    "壹三8壹贰34五六柒8",
    "一三八12345678",
    "138一二三四5678",
    "138幺二三四五六七八",
    "一三八—一二三四—五六七八",
    "一、三、八、一、二、三、四、五、六、七、八",
    "①③⑧①②③④⑤⑥⑦⑧",
    "⑬⑧①②③④⑤⑥⑦⑧",
    "❶❸❽❶❷❸❹❺❻❼❽",
    "⑴⑶⑻⑴⑵⑶⑷⑸⑹⑺⑻",
    "⒈⒊⒏⒈⒉⒊⒋⒌⒍⒎⒏",
    "㈠㈢㈧㈠㈡㈢㈣㈤㈥㈦㈧",
    "1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣",
    "¹³⁸¹²³⁴⁵⁶⁷⁸",
    "𝟏𝟑𝟖𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖",
    "١٣٨١٢٣٤٥٦٧٨",
    "1\u200b3\u200b8\u200b1234\u200b5678",
    "138\u00ad1234\u00ad5678",
]
AROUND = [
    "{}",
    "请打{}找我",
    "张三{}",
    "李四：{}。",
    "tel:{},谢谢",
    "3栋2单元，{}，王女士",
    "微信wx{}",
    "2026年5月3日 {}",
]

IDENTITIES = [
    CARD,
    CARD_X,
    CARD_X.lower(),
    "420106 19850101 1233",
    "420106-19850101-1233",
    "4201 0619 8501 0112 33",
    "４２０１０６１９８５０１０１１２３３",
    "42010619900307106Ｘ",
    "四二零一零六一九八五零一零一一二三三",
    "420106\n19850101\n1233",
    "420106850101123",
    "420106 850101 123",
]

PLATES = [
    "鄂A12345",
    "鄂A·12345",
    "鄂A-12345",
    "鄂A 12345",
    "鄂 A 1 2 3 4 5",
    "鄂a12b45",
    "鄂Ａ１２３４５",
    "鄂A一二三四五",
    "鄂AD12345",
    "鄂A12345F",
    "鄂AFA1234",
    "鄂A1234学",
    "粤Z1234港",
    "京A·8Q8Q8",
]

# Whatever reaches an office, says when, how much or where, or looks like a number of ours.
FINE = [
    "027-87654321",
    "（027）8765 4321",
    "02787654321",
    "0731-88665510、0731-88665511",
    "87654321",
    "027-87654321转8012",
    "400-123-4567",
    "4001234567",
    "800 810 8888",
    "12345、110、119、120、122、12315、96510、95598",
    "1010 1234",
    "NH-2026-00042",
    "WLW2026000420000123",
    "2026年11月28日 13:45:10",
    "2026-11-28 09:20:52",
    "20261128092052",
    "2019/4/25 9:32:09",
    "1998—2003年",
    "13栋2单元1501室",
    "15-3-1201、15-3-1202",
    "15-3-1201 1602",
    "1、3、5、7、9、11、13、15栋",
    "13 15 17 19 201 栋",
    "金额13812345678元",
    "13812345678.50 元",
    "¥13812345678",
    "138,123,456.78元",
    "13,812,345,678",
    "1500万元，1800 万元",
    "114.3456789，30.1234567",
    "138.1234567",
    "192.168.10.100",
    "420106198501011236",
    "420106198513011235",
    "202605011234567",
    "420106000123456",
    "914201061234567890",
    "91420106MA4KXYZ123",
    "6222021381234567890",
    "1381234567",
    "138123456789",
    "138****5678",
    "12812345678",
    "一三五、二四六限行",
    "一九九八年三月五日",
    "新S101、新G4201、鄂A牌照",
    "湘A*****",
    "柳青A3-1-201",
    "A3区潇楚南路",
    "鄂A123456789",
    "张三、李四、王五",
    "",
]


@pytest.mark.parametrize("spelt", MOBILES)
def test_mobile_number_is_found_in_any_spelling(spelt):
    for around in AROUND:
        text = around.format(spelt)
        [found] = find(text)
        assert (found.kind, found.plain, found.masked) == (Kind.MOBILE, NUMBER, "138****5678"), text
        assert masked(text).replace("+", "").replace("＋", "").replace("()", "").count("138****5678") == 1
        assert not find(masked(text)), text


@pytest.mark.parametrize("spelt", IDENTITIES)
def test_identity_card_is_found_in_any_spelling(spelt):
    [found] = find(f"身份证{spelt}，请核对")
    assert found.kind == Kind.IDENTITY
    assert found.plain[:3] == found.masked[:3] == "420" and set(found.masked[3:-2]) == {"*"}
    assert masked(f"身份证{spelt}，请核对") == f"身份证{found.masked}，请核对"


@pytest.mark.parametrize("spelt", PLATES)
def test_plate_is_found_in_any_spelling(spelt):
    [found] = find(f"车牌{spelt}，占道")
    assert found.kind == Kind.PLATE
    assert masked(f"车牌{spelt}，占道") == f"车牌{found.masked}，占道"
    assert found.masked[2:-2].strip("*") == ""


@pytest.mark.parametrize("text", FINE)
def test_what_is_nobodys_number_passes(text):
    for around in ("{}", "请拨打{}咨询", "第{}号"):
        assert not find(around.format(text))
    assert masked(text) == text


def test_several_numbers_are_found_in_their_order():
    text = f"{NUMBER} 13912345678、027-87654321，鄂A12345，{CARD}"
    assert [one.masked for one in find(text)] == ["138****5678", "139****5678", "鄂A***45", "420*************33"]
    assert masked(text) == "138****5678 139****5678、027-87654321，鄂A***45，420*************33"


def test_sentence_says_what_was_found_and_where():
    with translation.override("zh-hans"):
        assert sentence("电话 027-87654321。") == ""
        assert sentence(f"请打 {NUMBER}。") == "有手机号 138****5678"
        text = f"第一段。\n\n请打 {NUMBER}。\n\n鄂A12345 占道，{CARD}"
        assert sentence(text) == (
            "第 2 段有手机号 138****5678；第 3 段有车牌号 鄂A***45；第 3 段有身份证号 420*************33"
        )
        assert sentence(f"{NUMBER}，{NUMBER}") == "有手机号 138****5678"


@pytest.mark.parametrize("piece", ["1", "1 ", "138 ", "1    ", "一三", "鄂A1 ", "1O", f"{NUMBER} "])
def test_long_texts_take_time_in_proportion(piece):
    def seconds(length: int) -> float:
        text, start = piece * (length // len(piece)), time.process_time()
        find(text)
        return time.process_time() - start

    # Ten times the text; quadratic would be a hundred.
    assert min(seconds(20_000) for _ in range(2)) < 40 * max(min(seconds(2_000) for _ in range(3)), 0.0005)
