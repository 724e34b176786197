"""Invented needs that could not be met, each with the reason and, if it is another authority's task, whose."""

from demands.workflow import DeclineReason

from .shapes import Need

OUT_OF_REMIT = [
    Need(
        category="traffic",
        title="希望{place}旁地铁站增开一个出入口",
        description="地铁站的出口在马路对面，上下班要绕一大圈过天桥。希望在我们这一侧再开一个口。",
        summary="居民希望地铁站在小区一侧增开出入口。",
        answer="已收到，我们先向运营单位了解有没有预留条件。",
        result="地铁出入口由轨道交通运营单位规划和建设，不在街道和社区的职责范围。我们已把大家的意见书面转告。",
        decline_reason=DeclineReason.OUT_OF_REMIT,
        responsible="市轨道交通运营单位",
    ),
    Need(
        category="traffic",
        title="希望经过{place}的公交增加早高峰班次",
        description="早上七点半到八点半公交挤不上去，经常要等三班。希望高峰加车。",
        summary="居民希望公交早高峰增加班次。",
        answer="已收到，我们会把候车的实际情况记录下来一起转告。",
        result=(
            "公交班次由公交运营单位安排，我们已转告意见并附上连续一周的候车记录。您也可以拨打该单位的服务电话反映。"
        ),
        decline_reason=DeclineReason.OUT_OF_REMIT,
        responsible="市公交运营单位",
    ),
    Need(
        category="education",
        title="希望调整{place}对口的小学",
        description="我们小区离对口小学要走二十多分钟，旁边那所反而不对口。希望能调整学区。",
        summary="居民希望调整小区对口的小学。",
        answer="已收到，对口学校的划定办法我们会了解清楚后告诉您。",
        result="对口学校由教育行政部门按规定划定，社区无权调整。我们已把意见转告，划定办法和咨询渠道一并附在答复里。",
        decline_reason=DeclineReason.OUT_OF_REMIT,
        responsible="区教育行政部门",
    ),
    Need(
        category="facilities",
        title="{place}高层水压不足，希望改造供水设备",
        description="早晚用水高峰，高层热水器打不着火，水只有细细一股。听说泵房是供水企业在管。",
        summary="高层居民反映用水高峰水压不足。",
        answer="已收到，正在核对泵房的移交情况。",
        result="经核对，泵房已移交供水企业管理，改造由其负责。我们已转告并请其给出时间，居民可持水费单号查询进度。",
        decline_reason=DeclineReason.OUT_OF_REMIT,
        responsible="供水企业",
    ),
    Need(
        category="other",
        title="{place}手机信号差，希望增设基站",
        description="家里手机只有一格信号，打电话要跑到阳台。希望运营商来装个基站。",
        summary="居民反映手机信号弱，希望增设基站。",
        answer="已收到，我们会请运营企业到现场测一测。",
        result="基站由通信运营企业建设，我们已请其到现场测试。若选址涉及小区公共部位，社区会协助征求业主意见。",
        decline_reason=DeclineReason.OUT_OF_REMIT,
        responsible="通信运营企业",
    ),
    Need(
        category="property",
        title="{place}住户询问不动产登记为什么迟迟办不下来",
        description="房子住了好几年，证一直没办下来，想问问到底卡在哪里，能不能帮忙推动。",
        summary="住户反映不动产登记长期未办，希望推动。",
        answer="已收到，我们会向登记机构了解需要补充什么。",
        result="不动产登记由登记机构和开发企业办理，社区无权处理。我们已转告，所需材料和咨询窗口写在给您的答复里。",
        decline_reason=DeclineReason.OUT_OF_REMIT,
        responsible="区不动产登记机构和开发企业",
    ),
]

OTHERWISE_DECLINED = [
    Need(
        category="parking",
        title="希望{place}增建一层地下车库",
        description="车位缺口太大，能不能在花园下面再挖一层车库？哪怕大家出一点钱也行。",
        summary="居民希望增建地下车库。",
        answer="已请设计单位看过图纸，正在核对地下管线和结构条件。",
        result=(
            "花园下方有主干管线，结构上不允许开挖，目前做不到。眼下通过错时共享周边单位车位，夜间新增可停车位 40 个。"
        ),
        decline_reason=DeclineReason.NOT_FEASIBLE,
    ),
    Need(
        category="culture",
        title="希望在{place}建室外游泳池",
        description="夏天孩子没地方游泳，小区中间那块空地正好可以建一个游泳池。",
        summary="居民希望在小区内建游泳池。",
        answer="已征求物业和业委会意见，并了解卫生和安全方面的要求。",
        result=(
            "空地属于规划绿地，不能改作他用，日常运营也没有资金来源，"
            "目前做不到。附近学校泳池暑期对外开放，时间已转告大家。"
        ),
        decline_reason=DeclineReason.NOT_FEASIBLE,
        months=(5, 6, 7, 8),
    ),
    Need(
        category="facilities",
        title="希望{place}空中线缆今年全部入地",
        description="楼和楼之间全是电线网线，又乱又不安全。希望今年就全部埋到地下去。",
        summary="居民希望空中线缆全部入地。",
        answer="已会同几家线缆单位踏勘，估算工程量。",
        result="全部入地需要开挖整条道路，今年没有列入计划，目前做不到。已先完成捆扎整理，剪除废线约 300 米。",
        decline_reason=DeclineReason.NOT_FEASIBLE,
    ),
    Need(
        category="noise",
        title="{place}夜间有不明来源的嗡嗡声",
        description="夜里总有嗡嗡声，不知道从哪里来的，请查一下。",
        summary="居民反映夜间有不明来源的低频声响。",
        answer="我们夜里到小区听过两次，没有找到声源。请补充大概的位置和时间，方便我们再次到场。",
        result=(
            "没有收到补充的位置和时间，也没有留下联系方式，目前无法继续查找，"
            "先结束办理。再次听到时请写明时间和位置，我们马上到场。"
        ),
        decline_reason=DeclineReason.NOT_ENOUGH_INFORMATION,
    ),
    Need(
        category="property",
        title="{place}住户对收费有疑问",
        description="感觉收费不对，请核实。",
        summary="住户对收费有疑问，希望核实。",
        answer="请补充是哪一项收费、哪个时间段，最好附上收据照片，我们好去核对。",
        result="没有收到具体的收费项目和时间，也联系不上您，无法核对，先结束办理。欢迎带上收据随时再提。",
        decline_reason=DeclineReason.NOT_ENOUGH_INFORMATION,
    ),
]
