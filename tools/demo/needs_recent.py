"""Invented needs of the last weeks only."""

from demands.workflow import DeclineReason

from .shapes import Need

SLIDE = Need(
    category="facilities",
    title="{place}儿童滑梯缺了一块挡板",
    description="儿童乐园的滑梯侧面挡板掉了一块，露着两颗钉子。今天看到有孩子差点刮到，请先围起来再修。",
    place="儿童乐园",
    summary="儿童滑梯侧面挡板缺失、露出钉子，居民希望先围挡再维修。",
    answer="已通知物业立即围挡。",
    result="滑梯挡板已更换，其他游乐设施一并检查紧固。",
)
DRAIN = Need(
    category="environment",
    title="{place}低楼层卫生间下水道返味",
    description="这几天卫生间的地漏返味特别重，楼下也一样，是不是主管道堵了？",
    place="3 栋 1 单元",
    summary="低楼层住户反映下水道返味，怀疑主管道不畅。",
    answer="已请物业疏通人员查看主管道。",
    result="主管道已疏通，老化的地漏由住户自愿更换。",
)
UNLOADING = Need(
    category="traffic",
    title="{place}门前人行道被货车卸货占用",
    description="每天早上七点多，送货的车直接开上人行道卸货，孩子上学只能走到马路上。能不能换个时间或者换个地方？",
    place="西门外",
    summary="早高峰货车占用门前人行道卸货，影响学生通行。",
    answer="已与沿街商户核实送货时间。",
    result="商户改在早上六点半前卸货，人行道口装了隔离柱。",
)
LIFT = Need(
    category="elderly",
    title="{place}老楼加装电梯，希望一起商量",
    description=(
        "我们单元六楼住着两位八十多岁的老人，一个月才下一次楼。"
        "大部分人愿意装电梯，一楼有顾虑。希望有人帮我们坐下来好好谈。"
    ),
    place="11 栋 2 单元",
    summary="老楼住户希望加装电梯，低楼层住户对采光和噪声有顾虑，请求组织协商。",
    answer="社区已联系同单元各户，先分别听取意见，再约设计单位把采光、噪声和费用讲清楚。",
    result="同单元住户签了协议，电梯开工。",
)
GATE = Need(
    category="traffic",
    title="希望{place}开一扇通往公园的小门",
    description="小区后面就是公园，隔一道栏杆，绕过去要走二十分钟。老人孩子都希望开一扇小门，晚上可以锁。",
    place="小区北侧围栏",
    summary="居民希望在围栏上开一扇小门，方便步行去公园，夜间上锁。",
    answer="开门要业主议定，公园一侧也要同意，我们正分别联系。",
    result="小门已开通，早六点到晚十点开放。",
)
HOARDING = Need(
    category="traffic",
    title="{place}旁地铁施工围挡占用人行道",
    description="地铁施工的围挡把人行道占了大半，两个人都错不开身，推婴儿车的只能走机动车道。希望往里收一收。",
    place="东门外",
    summary="地铁施工围挡占用人行道，行人和婴儿车通行困难，居民希望内收。",
    answer="我们已到现场量过剩余宽度，正联系建设方。",
    result="施工围挡由轨道交通运营单位的建设方管理，不在街道和社区的职责范围。我们已转告，并请其公布恢复时间。",
    decline_reason=DeclineReason.OUT_OF_REMIT,
    responsible="市轨道交通运营单位",
)
BARRIER = Need(
    category="noise",
    title="希望{place}临街一面装隔音屏",
    description="临街这排楼车声太大，夜里睡不好。高架边上都有隔音屏，我们这里能不能也装？",
    place="临街一排",
    summary="临街住户受车辆噪声影响，希望加装隔音屏。",
    answer="已请道路管理单位核对路口视距和安装条件。",
    result=(
        "路口间距短，装隔音屏会挡住行车视线，目前做不到。"
        "交管部门已在夜间增设禁鸣提示，社区可协助住户申请换隔音窗的优惠。"
    ),
    decline_reason=DeclineReason.NOT_FEASIBLE,
)
ADVERTISEMENT = Need(
    category="other",
    title="二手家具转让",
    description="搬家转让沙发、餐桌，八成新，价格好商量。",
    summary="内容为商品转让，不属于需求。",
    answer="",
    result="您好，这里收集的是需要一起商量和解决的事情，不发布转让信息。社区公告栏和邻里集市可以登记转让。",
    decline_reason=DeclineReason.NOT_A_DEMAND,
)
