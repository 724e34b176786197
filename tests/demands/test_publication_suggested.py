"""The title and the summary that are suggested: of the matter alone, without people, numbers and doors."""

import pytest

from demands.suggestions.publication import suggested

BARE = "桂花苑的环境卫生问题"


@pytest.mark.parametrize(
    ("own", "title", "summary"),
    [
        ("3 号门外路灯坏了两周，晚上看不清台阶。", "路灯坏了两周", "路灯坏了两周，晚上看不清台阶。"),
        ("3号楼2单元501室电梯又停了，老人下不了楼。", "电梯又停了，老人下不了楼", "电梯又停了，老人下不了楼。"),
        ("3栋2单元501漏水，找物业没人管。", "漏水，找物业没人管", "漏水，找物业没人管。"),
        ("地下一层120天没通水，微信号 abc123。井盖也破了。", "地下120天没通水", "地下120天没通水。井盖也破了。"),
        ("您好，我姓王，住 7-2-301。楼下晚上很吵，睡不着。谢谢！", "楼下晚上很吵", "楼下晚上很吵，睡不着。"),
        ("电梯坏了好几天，我妈腿脚不好，下不了楼。", "电梯坏了好几天", "电梯坏了好几天，下不了楼。"),
        ("飞线充电，张阿姨家着过火，请管一管。", "飞线充电，请管一管", "飞线充电，请管一管。"),
        ("西门口的下水道堵了\n请打幺三八，一二三四，五六七八", "西门口的下水道堵了", "西门口的下水道堵了。"),
        ("物业电话 027-87654321 没人接。垃圾没人收。", "垃圾没人收", "垃圾没人收。"),
        ("单元门坏了，晚上一个人在家不踏实。", "单元门坏了", "单元门坏了。"),
        ("扶手上一层灰，物业费是照收的。", "扶手上一层灰", "扶手上一层灰，物业费是照收的。"),
        ("尊敬的领导：你们好。小区里没有充电桩！", "小区里没有充电桩", "小区里没有充电桩。"),
    ],
)
def test_a_title_and_a_summary_speak_of_the_matter_alone(own, title, summary):
    assert suggested(own, place="桂花苑", category="环境卫生") == (title, f"居民反映：{summary}")


@pytest.mark.parametrize("own", ["", "13912345678", "我叫王小明，我家在三楼。", "谢谢领导！"])
def test_where_nothing_is_left_place_and_category_are_named(own):
    assert suggested(own, place="桂花苑", category="环境卫生") == (BARE, f"居民反映{BARE}。")


def test_a_long_text_is_cut_between_sentences():
    title, summary = suggested("路灯不亮，" * 40 + "。" + "台阶破损。" * 60, place="桂花苑", category="设施")
    assert title == "路灯不亮，路灯不亮"
    assert len(summary) <= 206
    _title, summary = suggested("台阶破损。" * 60, place="桂花苑", category="设施")
    assert summary == "居民反映：" + "台阶破损。" * 40
