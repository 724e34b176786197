"""Invented pain points that departments report: civil affairs 民政 and urban management 城管."""

from demands.workflow import DeclineReason

from .shapes import Need

DEPARTMENTS = [
    Need(
        category="environment",
        title="{place}临街店铺占道经营",
        description=(
            "区城管部门巡查发现，片区内部分店铺早晚高峰将货物和桌椅摆到人行道上，"
            "行人被迫走机动车道。请组织商户和居民共同商议。"
        ),
        summary="城管部门巡查发现临街店铺占道经营，请组织商户和居民共同商议。",
        answer="已列入本月议事会，邀请商户代表、附近居民和城管队员一起参加。",
        result="商户与居民议定门前三包公约，划出门前设摆线，复查时占道现象已基本消除。",
        also="区城管部门复查，同一路段仍有店铺早间占道，请与前次一并处理。",
    ),
    Need(
        category="environment",
        title="{place}楼道和外墙小广告反复张贴",
        description=(
            "区城管部门反馈，片区楼道、外墙、配电箱张贴小广告较多，清理后反复出现。希望探索居民参与的长效办法。"
        ),
        summary="城管部门反馈小广告反复张贴，希望探索居民参与的长效办法。",
        answer="社区拟设便民信息栏，疏堵结合，并招募楼栋志愿者认领责任区。",
        result="设便民信息栏 9 块，志愿者认领 36 个单元，清理后复贴的少了一大半。",
    ),
    Need(
        category="environment",
        title="{place}建筑垃圾暂存点扬尘",
        description="区城管部门接到提醒，片区建筑垃圾暂存点遮盖不严，大风天扬尘明显，请督促管理单位整改。",
        summary="建筑垃圾暂存点遮盖不严、扬尘明显，需要督促整改。",
        answer="已约管理单位到场，先行覆盖，并商定清运频次。",
        result="暂存点改为封闭围挡，每日清运、喷淋降尘，连续三次抽查合格。",
    ),
    Need(
        category="noise",
        title="{place}餐饮油烟净化设备维护不到位",
        description=(
            "区城管部门检查发现，片区部分餐饮店净化设备清洗间隔过长，油烟扰民反映较多。建议组织经营者集中学习。"
        ),
        summary="部分餐饮店净化设备维护不到位，建议组织经营者集中学习。",
        answer="已汇总片区餐饮店名单，会同城管分批上门讲解清洗要求。",
        result="28 家餐饮店建立清洗台账并张贴公示，油烟反映明显减少。",
    ),
    Need(
        category="traffic",
        title="{place}共享单车停放区需要重新划定",
        description="区城管部门计划调整共享单车停放区，请征求居民和沿街单位意见，提出点位建议。",
        summary="拟调整共享单车停放区，征求居民和沿街单位对点位的意见。",
        answer="征求意见表已发到各小区，两周后汇总。",
        result="收到有效意见 120 余条，议定停放区 12 处，已划线启用。",
        also="区城管部门补充：学校周边点位也请一并征求意见。",
    ),
    Need(
        category="parking",
        title="{place}背街小巷夜间停车影响清扫",
        description="区城管部门反映，片区背街小巷夜间停车密集，机械化清扫无法进入。请与居民商量错时停放。",
        summary="背街小巷夜间停车影响清扫，需要与居民商量错时停放。",
        answer="社区拟与沿线居民开一次现场会，商定每周固定的清扫时段。",
        result="约定每周二、周五凌晨清扫时段单侧停放，设了提示牌，清扫车已能通行。",
    ),
    Need(
        category="environment",
        title="{place}早餐摊点需要规范疏导",
        description="区城管部门希望在方便群众的前提下规范早餐摊点，请组织居民、摊主共同商量经营时间和保洁责任。",
        summary="希望在方便群众的前提下规范早餐摊点的时间和保洁。",
        answer="已请摊主代表和居民代表报名，议事会上逐条商量。",
        result="摊主签了自律公约，早上六点半到九点经营，收摊时自行清扫，由居民代表轮流评分。",
    ),
    Need(
        category="elderly",
        title="{place}独居老人定期探访需要补充力量",
        description="区民政部门提出，片区独居老人较多，现有探访力量不足，请发动居民和社会组织参与结对。",
        summary="独居老人探访力量不足，需要发动居民和社会组织结对。",
        answer="已整理需要探访的户数，按自愿原则招募结对志愿者，上岗前统一培训。",
        result="结对志愿者 64 名，覆盖登记在册的独居老人，每周至少探访或通话一次。",
        also="区民政部门补充：新增若干户独居老人，请一并纳入结对。",
    ),
    Need(
        category="elderly",
        title="{place}居家适老化改造知晓率不高",
        description="区民政部门反映，居家适老化改造补助申请量偏少，许多老人不知道可以申请。请协助入户宣传。",
        summary="居家适老化改造补助知晓率不高，需要入户宣传。",
        answer="已印大字说明，由楼栋长和网格员送到有老人的家庭，并在社区设咨询台。",
        result="入户宣传 600 余户，新增申请 43 户，其中 29 户已完成改造。",
    ),
    Need(
        category="other",
        title="{place}困难家庭救助政策需要讲清楚",
        description=(
            "区民政部门发现，部分困难家庭不了解临时救助的条件和材料，错过申请时间。请帮助讲解并代为核对材料。"
        ),
        summary="部分困难家庭不了解临时救助政策，需要讲解和帮助核对材料。",
        answer="社区安排专人预约接待，讲解时注意保护个人隐私。",
        result="接待咨询 57 人次，协助 12 户备齐材料并提交申请。",
    ),
    Need(
        category="culture",
        title="{place}社区社会组织需要活动场地",
        description="区民政部门在走访中了解到，不少社区社会组织缺少固定场地，请统筹公共空间错时使用。",
        summary="社区社会组织缺少固定场地，需要统筹公共空间错时使用。",
        answer="正在清点可用房间和空闲时段，形成一张共享排期表。",
        result="开放 7 处公共空间，按排期表错时使用，18 个社会组织已固定活动。",
    ),
    Need(
        category="education",
        title="{place}假期未成年人看护需要加强",
        description="区民政部门提示，寒暑假期间部分未成年人无人照看，请组织安全教育和集中看护。",
        summary="假期部分未成年人无人照看，需要组织安全教育和集中看护。",
        answer="社区拟开假期看护班，并请消防、急救志愿者讲安全课。",
        result="假期看护班服务 96 个孩子，开展防溺水、用电和急救安全课 8 次。",
        months=(1, 6, 7, 8, 12),
    ),
    Need(
        category="other",
        title="{place}志愿服务供需对接不畅",
        description="区民政部门反映，志愿者报名多、能参加的服务少，居民需要又找不到人。请试行需求登记和认领。",
        summary="志愿服务供需对接不畅，希望试行需求登记和认领。",
        answer="先在社区设登记本和公告栏，每周更新一次需要什么、谁来认领。",
        result="登记服务需求 74 项，认领完成 61 项，公告栏每周更新。",
    ),
]

DEPARTMENTS_DECLINED = [
    Need(
        category="environment",
        title="{place}增设独立式公共厕所",
        description="区城管部门建议在片区增设一座独立式公共厕所，请征求居民意见并提出选址。",
        summary="建议增设独立式公共厕所，征求居民意见和选址。",
        answer="已征集选址意见，并请规划部门核对用地。",
        result=(
            "片区内没有符合间距要求的用地，暂不具备建设条件。替代办法：沿街 5 家单位的卫生间向公众开放，门口有标识。"
        ),
        decline_reason=DeclineReason.NOT_FEASIBLE,
    ),
    Need(
        category="elderly",
        title="{place}新建日间照料床位",
        description="区民政部门希望片区新增日间照料床位 20 张，请在现有公共用房中落实场地。",
        summary="希望新增日间照料床位，需要落实场地。",
        answer="社区正逐一核对公共用房的面积、楼层和消防条件。",
        result=(
            "现有公共用房的面积和消防条件都达不到要求，本年度无法新增。替代办法：与相邻社区的照料点共用，并安排接送。"
        ),
        decline_reason=DeclineReason.NOT_FEASIBLE,
    ),
    Need(
        category="traffic",
        title="打通{place}围墙，增设步行通道",
        description="区城管部门建议打开一段围墙，形成步行通道，方便居民前往公园。请组织协商。",
        summary="建议打开一段围墙形成步行通道，组织居民协商。",
        answer="已安排两次协商会，邀请围墙两侧的居民参加。",
        result="两次协商后，围墙内侧多数住户因治安和噪声顾虑不同意，未能达成一致。意见已整理反馈，条件成熟时再议。",
        decline_reason=DeclineReason.NO_AGREEMENT,
    ),
    Need(
        category="environment",
        title="{place}早市集中安置点选址",
        description="区城管部门拟设早市集中安置点，备选两处，请征求周边居民意见。",
        summary="拟设早市集中安置点，就两处备选地点征求周边居民意见。",
        answer="问卷和座谈同时进行，结果会如实反馈。",
        result="两处备选点周边住户的赞成率都没有过半，协商未能达成一致，暂不设点，摊贩继续由现有农贸市场吸纳。",
        decline_reason=DeclineReason.NO_AGREEMENT,
    ),
]
